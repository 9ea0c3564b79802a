//! The manifest: the one commit point of a store's shape.
//!
//! ```text
//! manifest/0000000000000007
//! ```
//! A manifest names the snapshots and log segments that make up the store, the epoch of the writer, and the type of the state.
//! It is immutable. A change of shape (opening for writing, a new segment, a snapshot) publishes the next number with
//! [`Precondition::Absent`](crate::Precondition::Absent): of two writers one gets the number, and the other knows that it lost.
//! The newest sound manifest is the store.
//!
//! **Invariant: a file is deleted only when neither of the two newest manifests names it.** So where the newest manifest is
//! damaged, its predecessor is complete, and the segments that came after it are found by their headers.

mod format;
pub(crate) mod garbage;

use crate::ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};
use crate::key::Key;

pub(crate) const FOLDER: &str = "manifest";

/// The longest name of a state's type, in bytes.
pub(crate) const STATE_NAME_LEN_MAX: usize = 200;

/// How many snapshots are kept.
pub(crate) const SNAPSHOTS_KEPT: usize = 2;

/// What a store consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) number: ManifestNumber,
    pub(crate) store: StoreId,
    pub(crate) epoch: Epoch,
    pub(crate) state_name: String,
    pub(crate) state_version: u32,
    /// Numbers from here on have never been used for a segment or snapshot by a writer that published.
    pub(crate) next_object: ObjectId,
    /// Oldest first.
    pub(crate) snapshots: Vec<SnapshotEntry>,
    /// In the order of their commits; the last one is open.
    pub(crate) segments: Vec<SegmentEntry>,
}

/// A snapshot that a manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotEntry {
    pub(crate) id: ObjectId,
    /// The last commit that is in it.
    pub(crate) lsn: Lsn,
    /// Its length in bytes.
    pub(crate) len: u64,
}

/// A segment that a manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentEntry {
    pub(crate) id: ObjectId,
    pub(crate) first_lsn: Lsn,
    /// The last commit in it; of the open segment unknown, and then one before the first.
    pub(crate) last_lsn: Lsn,
    /// Its length up to its last frame, in bytes; 0 for the open one.
    pub(crate) len: u64,
    pub(crate) state_version: u32,
}

impl SegmentEntry {
    pub(crate) const fn is_open(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn key(&self) -> Key {
        crate::wal::segment::SegmentHeader::key(self.id)
    }
}

impl SnapshotEntry {
    pub(crate) fn key(&self) -> Key {
        Key::numbered(crate::snapshot::FOLDER, self.id.get())
    }
}

impl Manifest {
    pub(crate) fn key(number: ManifestNumber) -> Key {
        Key::numbered(FOLDER, number.get())
    }

    /// Adds a snapshot, and drops the snapshots and segments that nobody needs any more: those before the
    /// older of the two snapshots kept. With fewer than two snapshots the whole log stays.
    pub(crate) fn retain_with(&mut self, snapshot: SnapshotEntry) {
        self.snapshots.push(snapshot);
        let surplus = self.snapshots.len().saturating_sub(SNAPSHOTS_KEPT);
        self.snapshots.drain(..surplus);
        if let (SNAPSHOTS_KEPT, Some(oldest)) = (self.snapshots.len(), self.snapshots.first()) {
            self.segments
                .retain(|segment| segment.is_open() || segment.last_lsn > oldest.lsn);
        }
    }

    /// Bytes of finished segments behind the newest snapshot.
    pub(crate) fn log_len(&self) -> u64 {
        let covered = self
            .snapshots
            .last()
            .map_or(Lsn::default(), |snapshot| snapshot.lsn);
        let behind = self
            .segments
            .iter()
            .filter(|segment| segment.last_lsn > covered);
        behind.fold(0, |sum, segment| sum.saturating_add(segment.len))
    }
}
