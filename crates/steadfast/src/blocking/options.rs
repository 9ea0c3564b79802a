//! How a blocking store is opened.

use std::time::Duration;

use steadfast_core::{StoreOptions, Survives};

/// When a commit answers `Ok`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// When it is flushed: it survives whatever the backend survives.
    #[default]
    Durable,
    /// When it is handed to the operating system; a thread of the store flushes this often. A power
    /// failure may take the commits since the last flush, a crash of the program none.
    Interval(Duration),
    /// When it is handed to the operating system; flushed only by
    /// [`Store::flush`](super::Store::flush) and when the store is closed.
    Buffered,
}

/// How a blocking store is opened. `Options::default()` is right for most.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) store: StoreOptions,
    pub(super) flush_every: Option<Duration>,
    pub(super) automatic_snapshots: bool,
    #[cfg_attr(
        not(feature = "file"),
        expect(dead_code, reason = "only files are locked")
    )]
    pub(super) lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            store: StoreOptions::default(),
            flush_every: None,
            automatic_snapshots: true,
            lock_timeout: Duration::ZERO,
        }
    }
}

impl Options {
    /// When a commit answers `Ok`. By default when it is durable.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        let (mode, every) = match durability {
            Durability::Durable => (steadfast_core::Durability::Durable, None),
            Durability::Interval(every) => (steadfast_core::Durability::Buffered, Some(every)),
            Durability::Buffered => (steadfast_core::Durability::Buffered, None),
        };
        self.store = self.store.durability(mode);
        self.flush_every = every;
        self
    }

    /// Refuses to open on a backend that declares less than this.
    #[must_use]
    pub fn require(mut self, survives: Survives) -> Self {
        self.store = self.store.require(survives);
        self
    }

    /// How long [`Store::open_with`](super::Store::open_with) waits for another program that has
    /// the store open. By default it does not wait. [`Store::open_on`](super::Store::open_on) gets
    /// a backend that has its lock already: use [`retry_while_locked`](super::retry_while_locked)
    /// to open that backend.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// Whether a thread of the store takes snapshots when they are due. By default it does. Without
    /// it, call [`Store::snapshot`](super::Store::snapshot) now and then, or the log only grows.
    #[must_use]
    pub fn automatic_snapshots(mut self, automatic: bool) -> Self {
        self.automatic_snapshots = automatic;
        self
    }

    /// A snapshot is due when the log is as long as the last snapshot, and at least this long, in
    /// bytes; 64 MiB by default.
    #[must_use]
    pub fn snapshot_after(mut self, bytes: u64) -> Self {
        self.store = self.store.snapshot_after(bytes);
        self
    }

    /// The length at which the next log segment begins, in bytes; 16 MiB by default.
    #[must_use]
    pub fn segment_len(mut self, bytes: u64) -> Self {
        self.store = self.store.segment_len(bytes);
        self
    }
}
