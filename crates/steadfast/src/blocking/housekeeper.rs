//! The threads of a blocking store: snapshots when they are due, flushes at an interval.
//!
//! They hold the store only while they work, so they end when its last handle is dropped. Whoever
//! drops that handle waits for them, because the store's lock is free only after that.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use steadfast_core::{Immediate, PersistenceError, Result, State, Store};

use super::block_on::block_on;

/// Threads that have to be joined.
#[derive(Debug, Default)]
pub(super) struct Housekeeper {
    threads: Vec<JoinHandle<()>>,
    /// Dropped to end the flusher.
    stop: Option<Sender<()>>,
}

impl Housekeeper {
    /// Starts a thread that takes a snapshot whenever one is due. It goes on after a failed
    /// snapshot.
    pub(super) fn take_snapshots<S: State, B: Immediate>(
        &mut self,
        store: &Store<S, B>,
    ) -> Result<()> {
        let maintenance = store.maintain();
        self.spawn("steadfast-snapshots", move || {
            // `status` reports a failed snapshot. This call ends with the store, and the next
            // commit reports the cause.
            let _ = block_on(maintenance);
        })
    }

    /// Starts a thread that flushes every `interval`.
    pub(super) fn flush_every<S: State, B: Immediate>(
        &mut self,
        store: &Store<S, B>,
        interval: Duration,
    ) -> Result<()> {
        let (stop, stopped) = channel::<()>();
        self.stop = Some(stop);
        let weak = store.downgrade();
        self.spawn("steadfast-flush", move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                let Some(store) = weak.upgrade() else { return };
                // A failed flush ends the store, and the next commit reports it.
                let _ = block_on(store.flush());
            }
        })
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let spawned = Builder::new().name(name.to_owned()).spawn(work);
        self.threads.push(spawned.map_err(|e| PersistenceError::Io {
            action: "start",
            place: format!("the thread `{name}`"),
            source: std::sync::Arc::new(e),
        })?);
        Ok(())
    }

    /// Forgets threads that belong to another process, because this process could not join them.
    pub(super) fn forget(&mut self) {
        std::mem::forget(std::mem::take(self));
    }

    /// Waits for the threads, once the store's last handle is gone.
    pub(super) fn join(&mut self) {
        self.stop = None;
        let this = std::thread::current().id();
        // One of these threads may drop the last handle, after the work it did. It must not join
        // itself.
        let others = self.threads.drain(..).filter(|t| t.thread().id() != this);
        for thread in others {
            // A panic there came from the state. It has ended the store and was printed.
            let _ = thread.join();
        }
    }
}
