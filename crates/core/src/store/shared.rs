//! What all handles of an open store share.

use std::sync::{Arc, OnceLock, PoisonError, TryLockError};

use event_listener::Event;

use super::callback::{self, Callback, Running, StoreAddress};
use super::options::StoreOptions;
use super::queue::{Abandoned, Queue, Seat};
use crate::backend::StorageBackend;
use crate::codec::Shapes;
use crate::error::{PersistenceError, Result};
use crate::ids::{Lsn, StoreId};
use crate::panic;
use crate::recovery::RecoveryReport;
use crate::state::State;
use crate::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};

/// The state, and the last commit in it.
pub(super) struct Live<S> {
    pub(super) state: S,
    pub(super) lsn: Lsn,
    /// Why the state is half changed, if it is.
    pub(super) broken: Option<PersistenceError>,
}

/// Read access to the state. The fields are dropped in order, so the one taken last is released
/// first.
struct Held<'s, S> {
    _running: Running,
    live: RwLockReadGuard<'s, Live<S>>,
    _gate: Option<RwLockReadGuard<'s, ()>>,
}

/// The error if the state's lock is poisoned: a panic was not caught.
fn half_changed() -> PersistenceError {
    PersistenceError::Poisoned {
        cause: Arc::new(Abandoned),
    }
}

/// An open store.
pub(super) struct Shared<S: State, B: StorageBackend> {
    pub(super) backend: B,
    pub(super) store: StoreId,
    pub(super) options: StoreOptions,
    pub(super) report: RecoveryReport,
    /// A writer of the state takes the gate for writing before it waits for `live`. A reader takes
    /// the gate for reading, except for a read inside a read. So a read inside a read never waits
    /// for a writer that waits for the outer read.
    gate: RwLock<()>,
    live: RwLock<Live<S>>,
    queue: Mutex<Queue<S>>,
    /// The kinds of parts of operations that were read back successfully.
    pub(super) shapes: Arc<Shapes>,
    death: OnceLock<PersistenceError>,
    /// Notified when a snapshot becomes due, when one is finished, and when the store ends.
    pub(super) housekeeping: Event,
}

impl<S: State, B: StorageBackend> Shared<S, B> {
    pub(super) fn new(
        backend: B,
        store: StoreId,
        options: StoreOptions,
        report: RecoveryReport,
        live: Live<S>,
        queue: Queue<S>,
    ) -> Self {
        Self {
            backend,
            store,
            options,
            report,
            gate: RwLock::new(()),
            live: RwLock::new(live),
            queue: Mutex::new(queue),
            shapes: Arc::default(),
            death: OnceLock::new(),
            housekeeping: Event::new(),
        }
    }

    /// Only moves and small copies happen under this lock. A panic in one (out of memory) leaves
    /// the queue whole.
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue<S>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Identifies this store among those whose functions a thread is in.
    pub(super) fn address(&self) -> StoreAddress {
        StoreAddress(std::ptr::from_ref(self).addr())
    }

    /// Passes the state to the user's `look`. A nested call passes the same state.
    pub(super) fn read<R>(&self, as_a: Callback, look: impl FnOnce(&Live<S>) -> R) -> Result<R> {
        let held = self.hold(as_a)?;
        Ok(look(&held.live))
    }

    /// Locks the state for reading. Not generic over the closure, because a page loads every copy.
    fn hold(&self, as_a: Callback) -> Result<Held<'_, S>> {
        let outer = callback::innermost(self.address(), Callback::holds_the_state);
        let (gate, live) = match outer {
            Some(outer @ Callback::Apply) => return Err(outer.refuses("a read")),
            // Without the gate, and without waiting: see the field `gate`.
            Some(outer) => match self.live.try_read() {
                Ok(live) => (None, live),
                Err(TryLockError::Poisoned(_)) => return Err(half_changed()),
                Err(TryLockError::WouldBlock) => return Err(outer.refuses("a read")),
            },
            None => {
                let gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
                (Some(gate), self.live.read().map_err(|_| half_changed())?)
            }
        };
        if let Some(cause) = &live.broken {
            let cause = cause.clone().into_source();
            return Err(PersistenceError::Poisoned { cause });
        }
        Ok(Held {
            _running: Running::enter(self.address(), as_a),
            live,
            _gate: gate,
        })
    }

    /// Applies durable operations, the first of which is commit `first`. This is the only place
    /// where the state changes.
    pub(super) fn apply(&self, operations: Vec<S::Operation>, first: Lsn) -> Result<()> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let mut live = self.live.write().map_err(|_| half_changed())?;
        let _running = Running::enter(self.address(), Callback::Apply);
        let mut commit = first;
        for operation in operations {
            if let Err(error) = panic::apply(&mut live.state, commit, operation) {
                live.broken = Some(error.clone());
                return Err(error);
            }
            live.lsn = commit;
            commit = commit.next();
        }
        Ok(())
    }

    /// Fails if an earlier failure ended this handle.
    pub(super) fn alive(&self) -> Result<()> {
        match self.death.get() {
            None => Ok(()),
            Some(cause @ PersistenceError::Fenced { .. }) => Err(cause.clone()),
            Some(cause) => Err(PersistenceError::Poisoned {
                cause: cause.clone().into_source(),
            }),
        }
    }

    /// Ends this handle: everything that waits fails, and so does every later call.
    pub(super) fn die(&self, cause: PersistenceError) {
        let _ = self.death.set(cause);
        let rest = self.queue().take();
        if let Err(error) = self.alive() {
            rest.settle_rest(&Err(error));
        }
        self.housekeeping.notify(usize::MAX);
    }
}

/// What users hold. When the last one is dropped, a parked batch is dropped too, and with it the
/// store.
pub(super) struct Handle<S: State, B: StorageBackend> {
    pub(super) shared: Arc<Shared<S, B>>,
}

impl<S: State, B: StorageBackend> Drop for Handle<S, B> {
    fn drop(&mut self) {
        let seat = std::mem::replace(&mut self.shared.queue().seat, Seat::Taken);
        // Outside the lock, because a parked batch settles its groups when it is dropped.
        drop(seat);
        self.shared.housekeeping.notify(usize::MAX);
    }
}
