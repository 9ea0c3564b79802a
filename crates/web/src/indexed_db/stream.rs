//! One stream that grows: the part of it that the database has, and the part that is still to be
//! written.
//!
//! ```text
//! 0                               durable             durable + flying                  end
//! |  in rows  |  tail, in the head  |  in a transaction  |  pending: appended, not synced  |
//! ```
//! An append only adds to the pending bytes. A sync writes all of them in one transaction, so a
//! group of commits is one row, or a longer tail where it is short. Syncs of one stream run one
//! after the other, and a sync that has waited finds that the one before has written its bytes too.

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Result};
use wasm_bindgen::JsValue;

use super::schema::{Head, StreamId, name};
use crate::error::poisoned;
use crate::number::len_u64;
use crate::slot::{Receiver, Sender, slot};

/// A stream that was appended to.
pub(super) struct Stream {
    pub(super) id: StreamId,
    /// The key for the browser, kept because making it for each commit takes time.
    name: JsValue,
    /// Whether a head names it.
    pub(super) is_stored: bool,
    /// Whether this stream has put that head, having seen the one before. A head that was only
    /// looked up may have been replaced since.
    has_put: bool,
    /// How much of it the database has.
    pub(super) durable: u64,
    /// The end of the durable bytes, which the head has and no row.
    tail: Bytes,
    flying: Vec<Bytes>,
    pending: Vec<Bytes>,
    death: Option<PersistenceError>,
    is_syncing: bool,
    waiting: Vec<Sender<()>>,
}

/// What a sync writes.
pub(super) struct Flight {
    pub(super) was_stored: bool,
    /// Whether the head is sure to be the one that this stream has put.
    pub(super) has_put: bool,
    /// The key for the browser.
    pub(super) name: JsValue,
    /// Where the stream ends without this sync.
    pub(super) end_before: u64,
    /// Where the bytes begin that no row has.
    pub(super) start: u64,
    /// The tail, and the new bytes.
    pub(super) bytes: Bytes,
    /// The head after this sync.
    pub(super) head: Head,
}

/// Whether a sync may begin.
pub(super) enum Turn {
    Now(Flight),
    /// There is nothing to do.
    Idle,
    After(Receiver<()>),
}

fn total(parts: &[Bytes]) -> u64 {
    parts
        .iter()
        .fold(0, |sum, part| sum.saturating_add(len_u64(part.len())))
}

impl Stream {
    pub(super) fn created(key: &Key, id: StreamId) -> Self {
        Self {
            is_stored: false,
            ..Self::found(key, Head::of(id, 0, Bytes::new()))
        }
    }

    pub(super) fn found(key: &Key, head: Head) -> Self {
        Self {
            id: head.id,
            name: name(key),
            is_stored: true,
            has_put: false,
            durable: head.len,
            tail: head.tail,
            flying: Vec::new(),
            pending: Vec::new(),
            death: None,
            is_syncing: false,
            waiting: Vec::new(),
        }
    }

    fn alive(&self) -> Result<()> {
        self.death
            .as_ref()
            .map_or(Ok(()), |cause| Err(poisoned(cause)))
    }

    pub(super) fn is_dead(&self) -> bool {
        self.death.is_some()
    }

    /// Where the stream ends, synced or not.
    pub(super) fn end(&self) -> u64 {
        self.durable
            .saturating_add(total(&self.flying))
            .saturating_add(total(&self.pending))
    }

    /// What the database may not have yet, from `durable` on.
    pub(super) fn unsynced(&self) -> Vec<Bytes> {
        self.flying.iter().chain(&self.pending).cloned().collect()
    }

    pub(super) fn pending_len(&self) -> u64 {
        total(&self.pending)
    }

    pub(super) fn append(&mut self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.alive()?;
        let end = self.end();
        if end != position {
            return Err(PersistenceError::Conflict {
                key: key.clone(),
                position,
                end,
            });
        }
        self.pending.push(data);
        Ok(())
    }

    /// Begins a sync, unless another one is under way.
    pub(super) fn begin_sync(&mut self) -> Result<Turn> {
        self.alive()?;
        if self.is_syncing {
            let (sender, turn) = slot();
            self.waiting.push(sender);
            return Ok(Turn::After(turn));
        }
        if self.is_stored && self.pending.is_empty() {
            return Ok(Turn::Idle);
        }
        self.is_syncing = true;
        self.flying = std::mem::take(&mut self.pending);
        let bytes: Bytes = match self.flying.as_slice() {
            [whole] if self.tail.is_empty() => whole.clone(),
            parts => {
                let all = std::iter::once(&self.tail).chain(parts);
                all.map(Bytes::as_ref).collect::<Vec<_>>().concat().into()
            }
        };
        let start = self.durable.saturating_sub(len_u64(self.tail.len()));
        Ok(Turn::Now(Flight {
            was_stored: self.is_stored,
            has_put: self.has_put,
            name: self.name.clone(),
            end_before: self.durable,
            start,
            head: Head::of(self.id, start, bytes.clone()),
            bytes,
        }))
    }

    /// Ends the sync. After a failure the stream is dead, and shows what the database has.
    pub(super) fn end_sync(&mut self, flight: &Flight, outcome: &Result<()>) {
        match outcome {
            Ok(()) => {
                self.durable = flight.head.len;
                self.tail = flight.head.tail.clone();
                self.is_stored = true;
                self.has_put = true;
            }
            Err(cause) => {
                self.pending.clear();
                self.death.get_or_insert_with(|| cause.clone());
            }
        }
        self.flying.clear();
        self.is_syncing = false;
        for waiter in self.waiting.drain(..) {
            waiter.send(());
        }
    }
}
