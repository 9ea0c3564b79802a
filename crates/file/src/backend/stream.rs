//! One stream with an open handle: where it ends, what of it is durable, and whether it is dead.
//!
//! Appends reserve their range under a short mutex and write outside it, so writers of one stream do not wait
//! for each other's disk. Flushes of one stream take turns: the system reports a failed flush once per handle, so of
//! two at the same time one could succeed over bytes that the other has just been told are lost.
//!
//! A file may go on behind the stream's end, with zeros that were written ahead: an append there changes no length, so its flush has no
//! metadata to wait for. The handle alone knows where the stream ends then, so it stays open until the file is cut.
//!
//! `writes` counts changes that have reached the file; `flushed` is what that count was before the last flush that succeeded. Equal
//! means that there is nothing to flush, and nothing is flushed.

use std::path::PathBuf;
use std::sync::Mutex;

use steadfast_core::{Key, PersistenceError, Result};

use crate::error::{failed, hold, poisoned, removed};
use crate::simulation::{Directory, File, FileSystem};

/// The unit of writing zeros: a page. What is written in longer units is cached in longer ones, and the kernel counts a whole one as written
/// by each append into it, though the disk gets the pages only.
static ZEROS: [u8; 4096] = [0; 4096];

#[derive(Debug)]
struct State {
    end: u64,
    /// The file's length, where zeros were written behind the end.
    zeros_end: u64,
    writes: u64,
    flushed: u64,
    death: Option<PersistenceError>,
}

impl State {
    fn alive(&self) -> Result<()> {
        self.death
            .as_ref()
            .map_or(Ok(()), |cause| Err(poisoned(cause)))
    }
}

/// An open stream.
#[derive(Debug)]
pub(super) struct Stream<F: FileSystem> {
    file: F::File,
    place: PathBuf,
    state: Mutex<State>,
    /// The directory whose flush makes the stream's name durable; `None` once that was done. Also the turn
    /// of those who flush.
    unflushed_name: Mutex<Option<F::Directory>>,
}

impl<F: FileSystem> Stream<F> {
    /// A stream that was just created in `directory`.
    pub(super) fn created(file: F::File, place: PathBuf, directory: F::Directory) -> Self {
        Self::new(file, place, 0, Some(directory))
    }

    /// A stream that was there, `end` bytes long. It counts as not flushed: a predecessor that was killed may have left
    /// bytes that only the system's memory has.
    pub(super) fn found(file: F::File, place: PathBuf, end: u64) -> Self {
        Self::new(file, place, end, None)
    }

    fn new(file: F::File, place: PathBuf, end: u64, directory: Option<F::Directory>) -> Self {
        let state = State {
            end,
            zeros_end: 0,
            writes: 1,
            flushed: 0,
            death: None,
        };
        Self {
            file,
            place,
            state: Mutex::new(state),
            unflushed_name: Mutex::new(directory),
        }
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

    /// Writes zeros ahead, so that the file is `until` bytes long, or cuts off those that are there.
    ///
    /// The state is held meanwhile: an append must not be overtaken by zeros. Where it cannot be done, the file is cut back to the end
    /// of the stream: room that is short is not taken from the appends.
    pub(super) fn reserve(&self, until: u64) -> Result<()> {
        let mut state = hold(&self.state);
        state.alive()?;
        let from = state.zeros_end.max(state.end);
        if until > from {
            if self.write_zeros(from, until).is_ok() {
                state.zeros_end = until;
                return Ok(());
            }
        } else if from == state.end {
            return Ok(());
        }
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
        {
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
        }
        self.wrote(self.file.write_all_at(data, position), "append to")
    }

    /// Replaces everything. In place: a crash may leave anything.
    pub(super) fn replace(&self, data: &[u8]) -> Result<()> {
        {
            let mut state = hold(&self.state);
            state.alive()?;
            state.end = self.end_after(0, data)?;
            state.zeros_end = 0;
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
        let mut state = hold(&self.state);
        match done {
            Ok(()) => {
                state.writes = state.writes.saturating_add(1);
                Ok(())
            }
            Err(error) => {
                let failure = failed(action, &self.place, error);
                state.death.get_or_insert_with(|| failure.clone());
                Err(failure)
            }
        }
    }

    /// Makes everything written before durable.
    pub(super) fn sync(&self) -> Result<()> {
        let mut unflushed_name = hold(&self.unflushed_name);
        let writes = {
            let state = hold(&self.state);
            state.alive()?;
            if state.writes == state.flushed {
                return Ok(());
            }
            state.writes
        };
        let flushed = self.flush(&mut unflushed_name);
        let mut state = hold(&self.state);
        match flushed {
            Ok(()) => state.flushed = writes,
            Err(ref failure) => {
                state.death.get_or_insert_with(|| failure.clone());
            }
        }
        flushed
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
        // A flush of a file without a name succeeds, and what it flushed is gone at the next crash.
        match self.file.is_unlinked() {
            Ok(false) => Ok(()),
            Ok(true) => Err(removed(&self.place)),
            Err(error) => Err(failed("look at", &self.place, error)),
        }
    }
}
