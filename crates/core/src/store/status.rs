//! The status of an open store.

use super::Store;
use super::options::StoreOptions;
use crate::backend::{StorageBackend, Survives};
use crate::error::PersistenceError;
use crate::ids::{Epoch, Lsn, ManifestNumber};
use crate::manifest::SnapshotEntry;
use crate::state::State;

/// The status of an open store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreStatus {
    /// Where the store is.
    pub location: String,
    /// What acknowledged commits survive.
    pub survives: Survives,
    /// The last commit.
    pub lsn: Lsn,
    /// The newest manifest.
    pub manifest: ManifestNumber,
    /// The writer's epoch.
    pub epoch: Epoch,
    /// How many segments the log has.
    pub segments: u64,
    /// The length of the log behind the newest snapshot, in bytes.
    pub log_len: u64,
    /// The length of what is kept only in case the newest snapshot is damaged, in bytes: the
    /// snapshot before it, and the log that is in it. [`compact`](Store::compact) deletes them.
    pub spare_len: u64,
    /// The snapshots kept, oldest first.
    pub snapshots: Vec<SnapshotInfo>,
    /// The newest snapshot that is kept.
    pub(crate) newest: Option<SnapshotEntry>,
    /// Why the last snapshot of this store failed; `None` if it did not.
    pub snapshot_failure: Option<PersistenceError>,
    /// After failures: the length of the log at which the next snapshot may be due.
    pub(crate) retry_at: u64,
    /// How many snapshots failed in a row.
    pub(crate) failures: u32,
}

/// A snapshot that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The last commit in it.
    pub lsn: Lsn,
    /// Its length in bytes.
    pub len: u64,
}

impl From<&SnapshotEntry> for SnapshotInfo {
    fn from(entry: &SnapshotEntry) -> Self {
        Self {
            lsn: entry.lsn,
            len: entry.len,
        }
    }
}

impl StoreStatus {
    pub(super) fn new<B: StorageBackend>(backend: &B) -> Self {
        Self {
            location: backend.location(),
            survives: backend.survives(),
            lsn: Lsn::default(),
            manifest: ManifestNumber::default(),
            epoch: Epoch::default(),
            segments: 0,
            log_len: 0,
            spare_len: 0,
            snapshots: Vec::new(),
            newest: None,
            snapshot_failure: None,
            retry_at: 0,
            failures: 0,
        }
    }

    /// Due when the log is as long as the last snapshot, and long enough. Then recovery takes at
    /// most twice the time that loading the snapshot takes, and the total of bytes ever written is
    /// about twice what was committed.
    pub(super) fn snapshot_is_due(&self, options: &StoreOptions) -> bool {
        self.log_len >= self.due_len(options).max(self.retry_at)
    }

    fn due_len(&self, options: &StoreOptions) -> u64 {
        let last = self.snapshots.last().map_or(0, |snapshot| snapshot.len);
        last.max(options.snapshot_after_len_min)
    }

    /// The next snapshot is due when the log has grown by a further part. That part gets longer
    /// with each failure. There is no clock here, and a snapshot that runs out of space at its end
    /// has written nearly all of it.
    pub(super) fn snapshot_failed(&mut self, error: PersistenceError, options: &StoreOptions) {
        let whole = self.due_len(options);
        let part = whole >> 3_u32.saturating_sub(self.failures);
        self.retry_at = self.log_len.saturating_add(part.max(1));
        self.failures = self.failures.saturating_add(1);
        self.snapshot_failure = Some(error);
    }

    pub(super) fn snapshot_succeeded(&mut self) {
        self.retry_at = 0;
        self.failures = 0;
        self.snapshot_failure = None;
    }
}

impl<S: State, B: StorageBackend> Store<S, B> {
    /// How the store stands now.
    #[must_use]
    pub fn status(&self) -> StoreStatus {
        self.0.shared.queue().status.clone()
    }
}
