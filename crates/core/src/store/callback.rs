//! Which of the user's functions a store is running on this thread.
//!
//! Closures of `read` and `transact`, [`State::apply`](crate::State::apply) and
//! [`State::freeze`](crate::State::freeze) run while the state's lock is held. A commit that is
//! awaited inside one of them would wait for the lock that its own thread holds. So each thread
//! keeps a list of the functions that it is in, and such a call is an error instead.
//!
//! The list belongs to the thread, not to the store: a commit of another thread just waits, and
//! another store is not concerned. An entry lives for one synchronous call, never across an await.

use std::cell::RefCell;

use crate::error::{PersistenceError, Result};
use crate::sync::thread_local;

/// A function of the user's that the store runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callback {
    Read,
    Transact,
    Freeze,
    /// The function that changes the state.
    Apply,
    /// Encoding a snapshot: the state's lock is free, but no second snapshot can begin.
    Snapshot,
}

impl Callback {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "a closure of `read`",
            Self::Transact => "a closure of `transact`",
            Self::Freeze => "`State::freeze`",
            Self::Apply => "`State::apply`",
            Self::Snapshot => "the encoding of a snapshot",
        }
    }

    pub(super) const fn holds_the_state(self) -> bool {
        !matches!(self, Self::Snapshot)
    }

    /// The error of a call that must not be made inside this function.
    pub(super) const fn refuses(self, call: &'static str) -> PersistenceError {
        PersistenceError::Reentrant {
            call,
            callback: self.name(),
        }
    }
}

/// Identifies an open store by the address of its shared part, for as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StoreAddress(pub(super) usize);

thread_local! {
    /// The callbacks that this thread is in, the innermost last.
    static RUNNING: RefCell<Vec<(StoreAddress, Callback)>> = const { RefCell::new(Vec::new()) };
}

/// Its thread is in the callback for as long as this value lives.
pub(super) struct Running(());

impl Running {
    pub(super) fn enter(store: StoreAddress, callback: Callback) -> Self {
        // A thread that is ending has no list any more; calls on it are not tracked.
        let _ = RUNNING.try_with(|running| running.borrow_mut().push((store, callback)));
        Self(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = RUNNING.try_with(|running| running.borrow_mut().pop());
    }
}

/// The innermost callback of this store on this thread for which `of` is true.
pub(super) fn innermost(store: StoreAddress, of: fn(Callback) -> bool) -> Option<Callback> {
    let found = RUNNING.try_with(|running| {
        let running = running.borrow();
        let mut callbacks = running.iter().rev();
        callbacks
            .find(|(address, callback)| *address == store && of(*callback))
            .map(|(_, callback)| *callback)
    });
    found.unwrap_or_default()
}

/// Fails if a call that waits for a batch of the store would wait for this thread itself.
pub(super) fn ensure_can_wait(store: StoreAddress, call: &'static str) -> Result<()> {
    match innermost(store, Callback::holds_the_state) {
        Some(callback) => Err(callback.refuses(call)),
        None => Ok(()),
    }
}

/// Fails if a snapshot would wait for a snapshot that this thread is writing, or for a batch that
/// it is in.
pub(super) fn ensure_can_snapshot(store: StoreAddress) -> Result<()> {
    match innermost(store, |_| true) {
        Some(callback) => Err(callback.refuses("a snapshot")),
        None => Ok(()),
    }
}
