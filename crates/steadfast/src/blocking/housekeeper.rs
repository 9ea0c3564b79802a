//! The threads of a blocking store: snapshots when they are due, flushes at an interval.
//!
//! They hold the store only while they work, so they end when its last handle does; whoever drops
//! that handle waits for them, because the store's lock is free only after that.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use steadfast_core::{Immediate, PersistenceError, Result, State, Store};

use super::block_on::block_on;

/// Threads to be joined.
#[derive(Debug, Default)]
pub(super) struct Housekeeper {
    threads: Vec<JoinHandle<()>>,
    /// Dropped to end the flusher.
    stop: Option<Sender<()>>,
}

impl Housekeeper {
    /// A thread that takes a snapshot whenever one is due. One that fails is not the last.
    pub(super) fn take_snapshots<S: State, B: Immediate>(
        &mut self,
        store: &Store<S, B>,
    ) -> Result<()> {
        let maintenance = store.maintain();
        self.spawn("steadfast-snapshots", move || {
            // A snapshot that failed is in `status`. This ends with the store: of what, the next
            // commit says.
            let _ = block_on(maintenance);
        })
    }

    /// A thread that flushes every `interval`.
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
                // A failed flush poisons the store, and the next commit says so.
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

    /// Lets go of threads that are another process's: nobody here could wait for them.
    pub(super) fn forget(&mut self) {
        std::mem::forget(std::mem::take(self));
    }

    /// Waits for the threads, once the store's last handle is gone.
    pub(super) fn join(&mut self) {
        self.stop = None;
        let this = std::thread::current().id();
        // One of them has the last handle where it drops what it was writing: it cannot wait for
        // itself.
        let others = self.threads.drain(..).filter(|t| t.thread().id() != this);
        for thread in others {
            // A panic there was the state's; it has poisoned the store and been printed.
            let _ = thread.join();
        }
    }
}
