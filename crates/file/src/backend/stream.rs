//! One stream with an open handle: where it ends, what of it is durable, and whether it is dead.
//!
//! Appends of one stream take turns, and so do its flushes. An append waits for no flush; a flush
//! that has nothing to do waits for the append under way, whose bytes may have been read already.
//! Why flushes take turns: the system reports a failed flush once per handle, so of two at the same
//! time one could succeed over bytes that the other has just been told are lost.
//!
//! A file may go on behind the stream's end, with zeros that were written ahead: an append there
//! changes no length, so its flush has no metadata to wait for. The handle alone knows where the
//! stream ends then, so it stays open until the file is cut. Whoever flushes each append gets both
//! in one call there, past the system's cache ([`Direct`]): an append that follows on a flush is
//! taken for one that a flush will follow. Where none does, the next ones are left to the flush
//! again.
//!
//! A stream is the file of its name: where the name leads to another one, because somebody has put
//! a copy in its place or moved the folder, what is appended is in nobody's store, however many
//! names the old file keeps. Each flush asks for that, by the name. A stream that was there before
//! this handle may be one that another writer appends to: before the first append to it the claim
//! is looked at too, see [`claim`](super::claim).
//!
//! `writes` counts changes that have reached the file; `flushed` is what that count was before the
//! last flush that succeeded. Equal means that there is nothing to flush, and nothing is flushed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use steadfast_core::{Key, PersistenceError, Result};

use super::direct::Direct;
use crate::error::{failed, hold, poisoned, removed};
use crate::simulation::{Directory, File, FileSystem};

/// The unit of writing zeros: a page. What is written in longer units is cached in longer ones, and
/// the kernel counts a whole one as written by each append into it, though the disk gets the pages
/// only.
static ZEROS: [u8; 4096] = [0; 4096];

#[derive(Debug)]
struct State {
    end: u64,
    /// The file's length, where zeros were written behind the end.
    zeros_end: u64,
    writes: u64,
    flushed: u64,
    /// How often zeros were written, and what that was before the last flush that succeeded.
    rooms: u64,
    rooms_flushed: u64,
    /// Whether a flush has come after the last append.
    is_followed: bool,
    death: Option<PersistenceError>,
}

impl State {
    fn alive(&self) -> Result<()> {
        self.death
            .as_ref()
            .map_or(Ok(()), |cause| Err(poisoned(cause)))
    }

    fn die(&mut self, cause: &PersistenceError) {
        self.death.get_or_insert_with(|| cause.clone());
    }
}

/// An open stream.
#[derive(Debug)]
pub(super) struct Stream<F: FileSystem> {
    file: F::File,
    /// The key's path below the root, and the number of the file that it stands for.
    root: Arc<F::Directory>,
    name: PathBuf,
    number: u64,
    place: PathBuf,
    /// Whether it was there, and this handle has not appended to it yet.
    is_inherited: AtomicBool,
    /// The turn of those who change the file, and how they can do it past the cache while there is
    /// room. Held before the state.
    direct: Mutex<Option<Direct<F::File>>>,
    state: Mutex<State>,
    /// The directory whose flush makes the stream's name durable; `None` once that was done. Also
    /// the turn of those who flush, held before the two above.
    unflushed_name: Mutex<Option<F::Directory>>,
}

impl<F: FileSystem> Stream<F> {
    /// A stream that was just created in `directory`.
    pub(super) fn created(
        file: F::File,
        root: &Arc<F::Directory>,
        key: &Key,
        directory: F::Directory,
    ) -> Result<Self> {
        Self::new(file, root, key, 0, Some(directory))
    }

    /// A stream that was there, `end` bytes long. It counts as not flushed: a predecessor that was
    /// killed may have left bytes that only the system's memory has.
    pub(super) fn found(
        file: F::File,
        root: &Arc<F::Directory>,
        key: &Key,
        end: u64,
    ) -> Result<Self> {
        Self::new(file, root, key, end, None)
    }

    fn new(
        file: F::File,
        root: &Arc<F::Directory>,
        key: &Key,
        end: u64,
        directory: Option<F::Directory>,
    ) -> Result<Self> {
        let place = root.path().join(key.as_str());
        let number = file
            .number()
            .map_err(|error| failed("look at", &place, error))?;
        let state = State {
            end,
            zeros_end: 0,
            writes: 1,
            flushed: 0,
            rooms: 0,
            rooms_flushed: 0,
            is_followed: false,
            death: None,
        };
        Ok(Self {
            file,
            root: Arc::clone(root),
            name: Path::new(key.as_str()).to_owned(),
            number,
            place,
            is_inherited: AtomicBool::new(directory.is_none()),
            direct: Mutex::new(None),
            state: Mutex::new(state),
            unflushed_name: Mutex::new(directory),
        })
    }

    /// Whether it was there, and this handle has not appended to it yet.
    pub(super) fn is_inherited(&self) -> bool {
        self.is_inherited.load(Ordering::Relaxed)
    }

    /// Whether closing the handle forgets nothing.
    pub(super) fn is_clean(&self) -> bool {
        let state = hold(&self.state);
        state.death.is_none() && state.writes == state.flushed && state.zeros_end <= state.end
    }

    /// Where the stream ends, if its file goes on behind that.
    pub(super) fn end_within_file(&self) -> Option<u64> {
        let state = hold(&self.state);
        (state.zeros_end > state.end).then_some(state.end)
    }

    /// Writes zeros ahead, so that the file is `until` bytes long, or cuts off those that are
    /// there.
    ///
    /// The state is held meanwhile: nobody reads zeros as a part of the stream. Where it cannot be
    /// done, the file is cut back to the end of the stream: room that is short is not taken from
    /// the appends.
    pub(super) fn reserve(&self, until: u64) -> Result<()> {
        let mut direct = hold(&self.direct);
        let mut state = hold(&self.state);
        state.alive()?;
        let from = state.zeros_end.max(state.end);
        if until > from {
            if self.write_zeros(from, until).is_ok() {
                state.zeros_end = until;
                // The next flush is for them: else each direct write would have to wait for those
                // in its place.
                state.rooms = state.rooms.saturating_add(1);
                if direct.is_none() {
                    *direct = Direct::of(&self.file);
                }
                return Ok(());
            }
        } else if until > state.end || from == state.end {
            return Ok(());
        }
        *direct = None;
        match self.file.set_len(state.end) {
            Ok(()) => state.zeros_end = 0,
            // They stay until the file goes.
            Err(_) => state.zeros_end = state.zeros_end.max(until),
        }
        Ok(())
    }

    fn write_zeros(&self, from: u64, until: u64) -> std::io::Result<()> {
        let mut position = from;
        while position < until {
            let len = usize::try_from(until.saturating_sub(position)).unwrap_or(ZEROS.len());
            let zeros = ZEROS.get(..len).unwrap_or(&ZEROS);
            self.file.write_all_at(zeros, position)?;
            position = position.saturating_add(zeros.len() as u64);
        }
        Ok(())
    }

    /// Adds `data` at `position`, which must be the end.
    pub(super) fn append(&self, key: &Key, position: u64, data: &[u8]) -> Result<()> {
        let mut direct = hold(&self.direct);
        self.is_inherited.store(false, Ordering::Relaxed);
        let is_direct = {
            let mut state = hold(&self.state);
            state.alive()?;
            let end = state.end;
            if end != position {
                return Err(PersistenceError::Conflict {
                    key: key.clone(),
                    position,
                    end,
                });
            }
            state.end = self.end_after(position, data)?;
            // With something unflushed before it, the flush to come is needed anyway.
            let is_expected = state.is_followed
                && state.writes == state.flushed
                && state.rooms == state.rooms_flushed;
            state.is_followed = false;
            let (end, room) = (state.end, state.zeros_end);
            let fits = |direct: &Direct<F::File>| direct.takes(data.len(), end, room);
            is_expected && direct.as_ref().is_some_and(fits)
        };
        let is_prepared = |way: &mut Direct<F::File>| way.prepare(&self.file, position).is_ok();
        if is_direct && !direct.as_mut().is_some_and(is_prepared) {
            *direct = None;
        }
        if let Some(way) = direct.as_mut().filter(|_| is_direct) {
            match way.write(data) {
                // A system call that is not allowed here, or not as it was said to be: what it may
                // have done of the append is done again.
                Err(error) if F::cannot_write_directly(&error) => *direct = None,
                done => return self.wrote_durably(done),
            }
        }
        self.wrote(self.file.write_all_at(data, position), "append to")
    }

    /// Replaces everything. In place: a crash may leave anything.
    pub(super) fn replace(&self, data: &[u8]) -> Result<()> {
        let mut direct = hold(&self.direct);
        *direct = None;
        {
            let mut state = hold(&self.state);
            state.alive()?;
            state.end = self.end_after(0, data)?;
            state.zeros_end = 0;
            state.is_followed = false;
        }
        self.wrote(
            self.file
                .set_len(0)
                .and_then(|()| self.file.write_all_at(data, 0)),
            "write",
        )
    }

    fn end_after(&self, position: u64, data: &[u8]) -> Result<u64> {
        u64::try_from(data.len())
            .ok()
            .and_then(|len| position.checked_add(len))
            .ok_or_else(|| {
                let error = std::io::ErrorKind::FileTooLarge.into();
                failed("append to", &self.place, error)
            })
    }

    fn wrote(&self, done: std::io::Result<()>, action: &'static str) -> Result<()> {
        let done = done.map_err(|error| failed(action, &self.place, error));
        self.outlived(done, |state| state.writes = state.writes.saturating_add(1))
    }

    /// A direct write is a write and its flush.
    fn wrote_durably(&self, done: std::io::Result<()>) -> Result<()> {
        let done = done.map_err(|error| failed("append to", &self.place, error));
        self.outlived(done, |state| {
            state.writes = state.writes.saturating_add(1);
            state.flushed = state.flushed.saturating_add(1);
        })
    }

    /// Makes everything written before durable. Where there is something to flush, `may_flush` is
    /// asked first.
    pub(super) fn sync(&self, may_flush: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut unflushed_name = hold(&self.unflushed_name);
        let mut state = hold(&self.state);
        if state.writes == state.flushed {
            drop(state);
            // What is under way may have been read already, and counts when it is done.
            drop(hold(&self.direct));
            state = hold(&self.state);
        }
        state.alive()?;
        let (writes, rooms) = (state.writes, state.rooms);
        if writes == state.flushed {
            drop(state);
            // What was appended directly since is durable, if the file has its name.
            return self.outlived(self.still_named(), |state| state.is_followed = true);
        }
        drop(state);
        may_flush()?;
        self.outlived(self.flush(&mut unflushed_name), |state| {
            state.flushed = writes;
            state.rooms_flushed = rooms;
            state.is_followed = true;
        })
    }

    /// Notes what was done, or that the stream is dead.
    fn outlived(&self, done: Result<()>, note: impl FnOnce(&mut State)) -> Result<()> {
        let mut state = hold(&self.state);
        match done {
            Ok(()) => note(&mut state),
            Err(ref failure) => state.die(failure),
        }
        done
    }

    fn flush(&self, unflushed_name: &mut Option<F::Directory>) -> Result<()> {
        self.file
            .flush_data()
            .map_err(|error| failed("flush", &self.place, error))?;
        if let Some(directory) = unflushed_name.as_ref() {
            directory
                .flush()
                .map_err(|error| failed("flush", directory.path(), error))?;
            *unflushed_name = None;
        }
        self.still_named()
    }

    /// A flush of a file without a name succeeds, and what it flushed is gone at the next crash;
    /// one that has other names only is in nobody's store.
    fn still_named(&self) -> Result<()> {
        match self.root.is_name_of(&self.name, &self.file, self.number) {
            Ok(true) => Ok(()),
            Ok(false) => Err(removed(&self.place)),
            Err(error) => Err(failed("look at", &self.place, error)),
        }
    }
}
