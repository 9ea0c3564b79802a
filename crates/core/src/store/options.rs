//! How a store is opened.

use crate::backend::Survives;

/// When a commit answers `Ok`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// When it is flushed: it survives whatever the backend survives.
    #[default]
    Durable,
    /// When it is handed to the backend. It survives the end of the process if the backend does,
    /// but a power failure may take what was not [flushed](crate::Store::flush). What is lost is
    /// always the end of the history, never its middle.
    Buffered,
}

/// How a store is opened. `StoreOptions::default()` is right for most.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub(crate) durability: Durability,
    pub(crate) survives: Option<Survives>,
    pub(crate) segment_len: u64,
    pub(crate) snapshot_after_len_min: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Durable,
            survives: None,
            segment_len: 16 << 20,
            snapshot_after_len_min: 64 << 20,
        }
    }
}

impl StoreOptions {
    /// When a commit answers `Ok`. By default when it is durable.
    #[must_use]
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Refuses to open on a backend that declares less than this, with
    /// [`PersistenceError::WeakBackend`](crate::PersistenceError::WeakBackend).
    #[must_use]
    pub const fn require(mut self, survives: Survives) -> Self {
        self.survives = Some(survives);
        self
    }

    /// The length at which the next log segment begins, in bytes; 16 MiB by default. A longer
    /// commit has a segment of its own. Recovery holds one segment in memory at a time.
    #[must_use]
    pub const fn segment_len(mut self, bytes: u64) -> Self {
        self.segment_len = bytes;
        self
    }

    /// A snapshot is [due](crate::Store::snapshot_is_due) when the log is as long as the last
    /// snapshot, and at least this long, in bytes; 64 MiB by default. After a failed snapshot the
    /// next one is due later.
    #[must_use]
    pub const fn snapshot_after(mut self, bytes: u64) -> Self {
        self.snapshot_after_len_min = bytes;
        self
    }
}
