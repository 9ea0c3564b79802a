//! What recovery did, for callers that want to know.

use crate::error::PersistenceError;
use crate::ids::{Epoch, Lsn, ManifestNumber};
use crate::key::Key;

/// What was used, replayed, cut off and skipped when a store was opened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// The manifest that was used; 0 if there was no store.
    pub manifest: ManifestNumber,
    /// The epoch of the previous writer.
    pub epoch: Epoch,
    /// The snapshot that was loaded, if any.
    pub snapshot: Option<SnapshotUsed>,
    /// How many segments were read.
    pub segments_read: u64,
    /// How many commits of the log were applied.
    pub replayed: u64,
    /// What a crash left of the last, unacknowledged commits.
    pub torn: Option<TornTail>,
    /// Damaged or missing things that were not needed, because something else that was kept gives
    /// the same state.
    pub skipped: Vec<Skipped>,
    /// The last commit in the state.
    pub lsn: Lsn,
}

/// The snapshot that a state was loaded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotUsed {
    /// The last commit in it.
    pub lsn: Lsn,
    /// Its length in bytes.
    pub len: u64,
}

/// Bytes behind the last whole commit: a save that a crash cut short, and that was never
/// acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The segment.
    pub key: Key,
    /// Where the tail begins.
    pub offset: u64,
    /// How long it is, in bytes.
    pub len: u64,
}

/// Something damaged or missing that recovery could do without.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// What it is.
    pub key: Key,
    /// What is wrong with it.
    pub error: PersistenceError,
}

impl RecoveryReport {
    /// Whether recovery found everything as a clean end leaves it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.torn.is_none() && self.skipped.is_empty()
    }
}
