//! The manifest: the only commit point of a store's shape.
//!
//! ```text
//! manifest/0000000000000007
//! ```
//! A manifest names the snapshots and log segments that make up the store, the epoch of the writer,
//! and the type of the state. It is immutable. A change of shape (opening for writing, a new
//! segment, a snapshot) publishes the next number with
//! [`Precondition::Absent`](crate::Precondition::Absent). Of two writers only one gets the number,
//! and the other learns that it lost. The newest sound manifest describes the store.
//!
//! A manifest identifies contents, not only names and lengths. Each entry holds the salt of its
//! snapshot or segment. That salt is in the header there, and under the checksums of everything
//! that follows. A copy of a store has the same identity and continues with the same numbers, but
//! draws other salts. For the same reason a manifest holds the checksum of the manifest before it.
//!
//! **Invariant: a file is deleted only when neither of the two newest manifests names it.** So if
//! the newest manifest is damaged, its predecessor is complete. The segments that came after it are
//! found by their headers.
//!
//! Only the newest snapshot and the log behind it are needed. The older snapshot and the log
//! between the two are a second copy of the newer one. If space is short, this second copy is
//! deleted before a new snapshot is written, in three steps. First the newest snapshot is read back
//! whole. Then two manifests that name only what is needed are published, one after the other. Only
//! then the files are deleted. A crash in between leaves the one manifest or the other, and
//! everything that either names.

mod format;
pub(crate) mod garbage;

use std::collections::BTreeMap;

pub(crate) use format::MANIFEST_LEN_MAX;

use crate::error::{PersistenceError, Result};
use crate::ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};
use crate::key::Key;

pub(crate) const FOLDER: &str = "manifest";

/// The longest name of a state's type, in bytes.
pub(crate) const STATE_NAME_LEN_MAX: usize = 200;

/// The greatest number in a manifest, so that every number has one after it.
pub(crate) const NUMBER_MAX: u64 = u64::MAX >> 1;

/// How far the number in a name may be above the newest sound manifest's numbers and still count as
/// the store's. No writer gets that far between two manifests.
pub(crate) const NUMBERS_AHEAD_MAX: u64 = 1 << 32;

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
    /// No writer that published has used numbers from here on for a segment or snapshot.
    pub(crate) next_object: ObjectId,
    /// Oldest first.
    pub(crate) snapshots: Vec<SnapshotEntry>,
    /// In the order of their commits; the last one is open.
    pub(crate) segments: Vec<SegmentEntry>,
    pub(crate) predecessor: Predecessor,
    /// The manifest's own checksum, as stored; 0 while the manifest is being made.
    pub(crate) sum: u32,
}

/// How a manifest names the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Predecessor {
    /// 0 for none.
    pub(crate) number: ManifestNumber,
    /// Its checksum.
    pub(crate) sum: u32,
}

/// A snapshot that a manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotEntry {
    pub(crate) id: ObjectId,
    /// The last commit in the snapshot.
    pub(crate) lsn: Lsn,
    /// Its length in bytes.
    pub(crate) len: u64,
    /// The salt in the snapshot's header.
    pub(crate) salt: u64,
}

/// A segment that a manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentEntry {
    pub(crate) id: ObjectId,
    pub(crate) first_lsn: Lsn,
    /// The last commit in the segment. For the open segment it is unknown, and this is one before
    /// the first.
    pub(crate) last_lsn: Lsn,
    /// The segment's length up to its last frame, in bytes; 0 for the open segment.
    pub(crate) len: u64,
    pub(crate) state_version: u32,
    /// The salt in the segment's header.
    pub(crate) salt: u64,
}

/// Checks the salt in a header against the manifest, if a manifest names it. In both headers it is
/// at byte 48.
///
/// # Errors
/// [`PersistenceError::Corrupt`].
pub(crate) fn check_salt(key: &Key, found: u64, named: Option<u64>) -> Result<()> {
    if named.is_none_or(|named| named == found) {
        return Ok(());
    }
    let expected = "the contents that the manifest names";
    let found = "those of a copy that went its own way";
    Err(PersistenceError::corrupt(key, 48, expected, found))
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

    /// Adds a snapshot, and drops the snapshots and segments that are no longer needed: those
    /// before the older of the two snapshots kept. With fewer than two snapshots the whole log
    /// stays.
    pub(crate) fn retain_with(&mut self, snapshot: SnapshotEntry) {
        self.snapshots.push(snapshot);
        let surplus = self.snapshots.len().saturating_sub(SNAPSHOTS_KEPT);
        self.snapshots.drain(..surplus);
        if let (SNAPSHOTS_KEPT, Some(oldest)) = (self.snapshots.len(), self.snapshots.first()) {
            self.segments
                .retain(|segment| segment.is_open() || segment.last_lsn > oldest.lsn);
        }
    }

    /// Drops the snapshots before the newest, and the log that the newest holds. Does nothing if
    /// there is no snapshot.
    pub(crate) fn retain_newest(&mut self) {
        let Some(covered) = self.snapshots.last().map(|snapshot| snapshot.lsn) else {
            return;
        };
        let older = self.snapshots.len().saturating_sub(1);
        self.snapshots.drain(..older);
        // The writer appends to the last segment, so it stays.
        let last = self.segments.last().map(|segment| segment.id);
        self.segments
            .retain(|segment| Some(segment.id) == last || segment.last_lsn > covered);
    }

    /// The number of bytes that [`retain_newest`](Self::retain_newest) drops.
    pub(crate) fn spare_len(&self) -> u64 {
        let Some((newest, older)) = self.snapshots.split_last() else {
            return 0;
        };
        let last = self.segments.last().map(|segment| segment.id);
        let segments = self.segments.iter();
        let covered =
            segments.filter(|segment| Some(segment.id) != last && segment.last_lsn <= newest.lsn);
        let snapshots = older.iter().map(|snapshot| snapshot.len);
        let lens = snapshots.chain(covered.map(|segment| segment.len));
        lens.fold(0, u64::saturating_add)
    }

    /// Checks that this manifest follows on `before`. If the numbers are consecutive, the checksum
    /// must match too.
    ///
    /// # Errors
    /// [`PersistenceError::Corrupt`]. Which of the two manifests is wrong cannot be told.
    pub(crate) fn check_follows(&self, before: &Self) -> Result<()> {
        let named = self.predecessor;
        if named.number != before.number || named.sum == before.sum || self.number <= before.number
        {
            return Ok(());
        }
        let before = Self::key(before.number);
        Err(PersistenceError::corrupt(
            &Self::key(self.number),
            16,
            format!("the manifest that follows on `{before}`"),
            "one of a copy that went its own way",
        ))
    }

    /// The last commit that the manifest states to be in the store: recovery must reach it. The
    /// open segment may hold more.
    pub(crate) fn vouched(&self) -> Lsn {
        let of_snapshots = self.snapshots.iter().map(|snapshot| snapshot.lsn);
        let of_log = self.segments.iter().map(|segment| segment.last_lsn);
        of_snapshots.chain(of_log).max().unwrap_or_default()
    }

    /// The salt of every stream that the manifest names.
    pub(crate) fn salts(&self) -> BTreeMap<Key, u64> {
        let snapshots = self.snapshots.iter().map(|entry| (entry.key(), entry.salt));
        let segments = self.segments.iter().map(|entry| (entry.key(), entry.salt));
        snapshots.chain(segments).collect()
    }

    /// The length of the finished segments behind the newest snapshot, in bytes.
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
