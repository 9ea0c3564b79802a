//! The open streams of a backend: a bounded number of handles, so that a commit opens nothing.
//!
//! A handle is closed for another only where that forgets nothing: a stream with unflushed bytes
//! has to keep the handle that will be told of their loss, and a dead one has to stay dead. So the
//! limit can be exceeded by streams that are not synced.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use steadfast_core::{Key, Result};

use super::stream::Stream;
use crate::error::hold;
use crate::simulation::FileSystem;

/// How many clean streams stay open. A log needs one; the rest is for programs that append to many
/// keys.
const OPEN_MAX: usize = 64;

#[derive(Debug)]
struct Slot<F: FileSystem> {
    stream: Arc<Stream<F>>,
    used: u64,
}

impl<F: FileSystem> Slot<F> {
    /// Whether the stream can be closed without forgetting anything.
    fn is_idle(&self) -> bool {
        // Whoever holds a second reference is using it right now.
        Arc::strong_count(&self.stream) == 1 && self.stream.is_clean()
    }
}

#[derive(Debug)]
struct Table<F: FileSystem> {
    slots: HashMap<Key, Slot<F>>,
    clock: u64,
}

/// The open streams, by key.
#[derive(Debug)]
pub(super) struct Streams<F: FileSystem> {
    table: Mutex<Table<F>>,
}

impl<F: FileSystem> Default for Streams<F> {
    fn default() -> Self {
        Self {
            table: Mutex::new(Table {
                slots: HashMap::new(),
                clock: 0,
            }),
        }
    }
}

impl<F: FileSystem> Streams<F> {
    /// The open stream of `key`, or the one that `open` finds or makes.
    ///
    /// `open` runs under the table's mutex: two openings of one key would be two ideas of where it
    /// ends.
    pub(super) fn find_or_open(
        &self,
        key: &Key,
        open: impl FnOnce() -> Result<Option<Stream<F>>>,
    ) -> Result<Option<Arc<Stream<F>>>> {
        let mut table = hold(&self.table);
        table.clock = table.clock.saturating_add(1);
        let used = table.clock;
        if let Some(slot) = table.slots.get_mut(key) {
            slot.used = used;
            return Ok(Some(Arc::clone(&slot.stream)));
        }
        let Some(stream) = open()?.map(Arc::new) else {
            return Ok(None);
        };
        table.make_room();
        table.slots.insert(
            key.clone(),
            Slot {
                stream: Arc::clone(&stream),
                used,
            },
        );
        Ok(Some(stream))
    }

    /// Where the stream ends, if it is open and its file goes on behind that.
    pub(super) fn end_of(&self, key: &Key) -> Option<u64> {
        let stream = {
            let table = hold(&self.table);
            Arc::clone(&table.slots.get(key)?.stream)
        };
        stream.end_within_file()
    }

    /// Closes the stream if that forgets nothing. Where the system does not replace a file that is
    /// open, it is flushed for that: should the replacement fail, what was appended is still to be
    /// had.
    pub(super) fn forget_if_clean(&self, key: &Key) {
        if !F::REPLACES_OPEN {
            let stream = {
                let table = hold(&self.table);
                table.slots.get(key).map(|slot| Arc::clone(&slot.stream))
            };
            // A flush that fails ends the stream; it stays open then, and the replacement says that
            // it could not be done.
            let _ = stream.map(|stream| stream.sync(|| Ok(())));
        }
        let mut table = hold(&self.table);
        if table.slots.get(key).is_some_and(Slot::is_idle) {
            table.slots.remove(key);
        }
    }

    /// Closes the stream: its key stands for something else now, or for nothing.
    pub(super) fn forget(&self, key: &Key) {
        hold(&self.table).slots.remove(key);
    }
}

impl<F: FileSystem> Table<F> {
    /// Closes the stream that was unused for the longest, if there are too many.
    fn make_room(&mut self) {
        if self.slots.len() < OPEN_MAX {
            return;
        }
        let idle = self.slots.iter().filter(|(_, slot)| slot.is_idle());
        if let Some(key) = idle
            .min_by_key(|(_, slot)| slot.used)
            .map(|(key, _)| key.clone())
        {
            self.slots.remove(&key);
        }
    }
}
