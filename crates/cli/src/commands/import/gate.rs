//! What an interrupt does to the reading: what was read before it is imported, and nothing is read
//! after it.
//!
//! The thread that reads is either at work on what it has read, or waits for the source. At work,
//! it meets the gate before it reads again, and ends the import itself. Waiting, it may wait for
//! ever: then whoever closes the gate ends the import, and the thread never comes back from its
//! wait. An end of the source that an interrupt has brought about is such a wait: the record in
//! front of it may be half of one.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::interrupt;

/// Between a source and its reader.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    is_waiting: bool,
}

impl Gate {
    /// Lets no more through. Whether the reader waits, and the caller has to end the import.
    pub(super) fn close(&self) -> bool {
        let mut state = self.hold();
        state.is_closed = true;
        state.is_waiting
    }

    pub(super) fn is_closed(&self) -> bool {
        self.hold().is_closed
    }

    /// The source behind the gate.
    pub(super) fn guard<R: Read>(&self, source: R, may_pause: bool) -> impl Read + use<R> {
        Guarded {
            source,
            may_pause,
            gate: self.clone(),
        }
    }

    fn hold(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Guarded<R> {
    source: R,
    /// Another program may end it.
    may_pause: bool,
    gate: Gate,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        {
            let mut state = self.gate.hold();
            if state.is_closed {
                return Err(io::Error::other("interrupted"));
            }
            state.is_waiting = true;
        }
        let read = self.source.read(buffer);
        if matches!(read, Ok(0)) && interrupt::came_with_the_end(self.may_pause) {
            // It closes the gate, finds the reader waiting, and ends the program.
            interrupt::wait_for_the_end();
        }
        let mut state = self.gate.hold();
        state.is_waiting = false;
        if state.is_closed {
            // Whoever closed the gate is ending the program.
            drop(state);
            interrupt::wait_for_the_end();
        }
        read
    }
}
