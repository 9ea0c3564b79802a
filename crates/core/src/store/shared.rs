//! What all handles of an open store share.

use std::sync::{Arc, OnceLock, PoisonError};

use event_listener::Event;

use super::options::StoreOptions;
use super::queue::{Abandoned, Queue, Seat};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::{Lsn, StoreId};
use crate::recovery::RecoveryReport;
use crate::state::State;
use crate::sync::{Mutex, MutexGuard, RwLock};

/// The state, and the last commit in it.
pub(super) struct Live<S> {
    pub(super) state: S,
    pub(super) lsn: Lsn,
}

/// An open store.
pub(super) struct Shared<S: State, B: StorageBackend> {
    pub(super) backend: B,
    pub(super) store: StoreId,
    pub(super) options: StoreOptions,
    pub(super) report: RecoveryReport,
    live: RwLock<Live<S>>,
    queue: Mutex<Queue<S>>,
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
            live: RwLock::new(live),
            queue: Mutex::new(queue),
            death: OnceLock::new(),
            housekeeping: Event::new(),
        }
    }

    /// Only moves and small copies happen under this lock; a panic in one (out of memory) leaves the queue whole.
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue<S>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read<R>(&self, look: impl FnOnce(&Live<S>) -> R) -> Result<R> {
        match self.live.read() {
            Ok(live) => Ok(look(&live)),
            Err(_) => Err(PersistenceError::Poisoned {
                cause: Arc::new(Abandoned),
            }),
        }
    }

    /// Applies durable operations: the only place where the state changes.
    pub(super) fn apply(&self, operations: Vec<S::Operation>, last: Lsn) -> Result<()> {
        let mut live = self.live.write().map_err(|_| PersistenceError::Poisoned {
            cause: Arc::new(Abandoned),
        })?;
        for operation in operations {
            live.state.apply(operation);
        }
        live.lsn = last;
        Ok(())
    }

    /// An error where an earlier failure ended this handle.
    pub(super) fn alive(&self) -> Result<()> {
        match self.death.get() {
            None => Ok(()),
            Some(cause @ PersistenceError::Fenced { .. }) => Err(cause.clone()),
            Some(cause) => Err(PersistenceError::Poisoned {
                cause: cause.clone().into_source(),
            }),
        }
    }

    /// Ends this handle: everything in line, and whatever comes, fails.
    pub(super) fn die(&self, cause: PersistenceError) {
        let _ = self.death.set(cause);
        let rest = self.queue().take();
        if let Err(error) = self.alive() {
            rest.settle_rest(&Err(error));
        }
        self.housekeeping.notify(usize::MAX);
    }
}

/// What users hold. When the last one goes, a turn that was parked goes too, and with it the store.
pub(super) struct Handle<S: State, B: StorageBackend> {
    pub(super) shared: Arc<Shared<S, B>>,
}

impl<S: State, B: StorageBackend> Drop for Handle<S, B> {
    fn drop(&mut self) {
        let seat = std::mem::replace(&mut self.shared.queue().seat, Seat::Taken);
        // Outside of the lock: a parked turn settles its groups when it is dropped.
        drop(seat);
        self.shared.housekeeping.notify(usize::MAX);
    }
}
