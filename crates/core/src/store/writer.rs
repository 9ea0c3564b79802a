//! The writer of an open store: the end of the log, and the manifest that names it. Only the leader
//! has it.

mod kept;

use std::sync::Arc;

use bytes::Bytes;

use super::status::{SnapshotInfo, StoreStatus};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::{Lsn, ManifestNumber, ObjectId};
use crate::key::{Key, Prefix};
use crate::manifest::{FOLDER, Manifest, NUMBERS_AHEAD_MAX, Predecessor, SegmentEntry};
use crate::wal::frame::{Place, seal};
use crate::wal::segment::{SEGMENT_HEADER_LEN, SegmentHeader, SegmentKind, room_ahead};

/// How many names of new segments and snapshots may be taken by foreign files and folders.
pub(super) const STRAYS_MAX: u32 = 64;

/// The subject of an unknown outcome: the commits of one batch.
const COMMIT: &str = "the commit";
/// The same for commits that were acknowledged without a flush.
const UNFLUSHED: &str = "what was committed since the last flush";
/// Added to the error of a failure after the last flush.
const AT_THE_END: &str =
    ", where the end of the log is put on record (everything that was committed is saved)";

/// Where the log ends.
#[derive(Debug)]
struct Tip {
    key: Key,
    salt: u64,
    /// The end of the segment.
    position: u64,
    /// How much of it is durable.
    durable: u64,
    /// The length that the backend was told the segment will grow to.
    reserved: u64,
    /// The number of the next commit.
    next_lsn: Lsn,
}

/// Appends to the log and publishes manifests.
#[derive(Debug)]
pub(super) struct Writer {
    /// The newest manifest; its last segment is the open one.
    manifest: Box<Manifest>,
    previous: Option<Box<Manifest>>,
    /// How the next manifest names the one before it. It differs from `manifest` if the newest one
    /// is damaged and only its number is known.
    predecessor: Predecessor,
    /// Whether the last failure left the log and the manifest as this writer knows them. Then the
    /// writer goes on.
    harmless: bool,
    /// Greater than the manifest's by the numbers that were handed out since.
    next_object: ObjectId,
    tip: Tip,
}

impl Writer {
    /// Begins the log's next segment after `manifest`, whose segments are all finished. Publishes
    /// the manifest that names it, with `predecessor` as the segment before.
    ///
    /// `stored` is the manifest before, as it is stored. It names what `manifest` may already have
    /// merged.
    pub(super) async fn begin<B: StorageBackend>(
        backend: &B,
        manifest: Box<Manifest>,
        stored: Option<Box<Manifest>>,
        predecessor: (ObjectId, u64),
        next_lsn: Lsn,
    ) -> Result<Box<Self>> {
        let next_object = manifest.next_object;
        let mut writer = Box::new(Self {
            manifest,
            previous: None,
            predecessor: stored.as_deref().map_or_else(Predecessor::default, named),
            harmless: false,
            next_object,
            tip: Tip {
                key: SegmentHeader::key(next_object),
                salt: 0,
                position: 0,
                durable: 0,
                reserved: 0,
                next_lsn,
            },
        });
        let next = writer.manifest.clone();
        writer.start_segment(backend, next, predecessor).await?;
        writer.previous = stored;
        Ok(writer)
    }

    pub(super) const fn next_lsn(&self) -> Lsn {
        self.tip.next_lsn
    }

    pub(super) fn manifests(&self) -> (&Manifest, Option<&Manifest>) {
        (&self.manifest, self.previous.as_deref())
    }

    /// Whether the last failure changed nothing, so that the writer can go on. Resets the answer.
    pub(super) const fn take_harmless(&mut self) -> bool {
        std::mem::replace(&mut self.harmless, false)
    }

    /// A number for a new segment or snapshot.
    pub(super) const fn allocate(&mut self) -> ObjectId {
        let id = self.next_object;
        self.next_object = id.next();
        id
    }

    /// Appends a group of frames, in a new segment if this one is full. Returns the number of the
    /// last frame.
    ///
    /// It makes one append, and one flush if `flush` is set.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`] if the frames may be there. After every other error
    /// they are not.
    pub(super) async fn append<B: StorageBackend>(
        &mut self,
        backend: &B,
        mut frames: Vec<u8>,
        flush: bool,
        segment_len: u64,
    ) -> Result<Lsn> {
        let len = frames.len() as u64;
        let is_full = self.tip.position.saturating_add(len) > segment_len;
        if is_full || !self.has_open_segment() {
            self.rotate_unless_empty(backend).await?;
        }
        self.reserve(backend, len, segment_len).await;
        let Tip {
            position,
            durable,
            salt,
            next_lsn,
            ..
        } = self.tip;
        let last = seal(
            &mut frames,
            Place {
                salt,
                position,
                durable,
                first_lsn: next_lsn,
            },
        );
        let appended = backend
            .append(&self.tip.key, position, Bytes::from(frames))
            .await;
        match appended {
            Ok(()) => {}
            // The stream was dead before, or the handle belongs to a fork: nothing was appended.
            Err(
                refused @ (PersistenceError::Poisoned { .. } | PersistenceError::Locked { .. }),
            ) => return Err(refused),
            Err(error) => return Err(self.unknown(error, COMMIT)),
        }
        self.tip.position = position.saturating_add(len);
        self.tip.next_lsn = last.next();
        if flush {
            let flushed = self.sync(backend).await;
            flushed.map_err(|error| self.unknown(error, COMMIT))?;
        }
        Ok(last)
    }

    /// Tells the backend that the segment will grow, before it grows beyond what the backend was
    /// told.
    ///
    /// Only after a manifest names the segment: an unnamed segment that is longer than its header
    /// means that a manifest was lost. A failed hint is ignored: if the segment's stream is dead,
    /// the append reports it.
    async fn reserve<B: StorageBackend>(&mut self, backend: &B, len: u64, segment_len: u64) {
        let end = self.tip.position.saturating_add(len);
        if end > self.tip.reserved
            && let Some(until) = room_ahead(end, segment_len)
            && backend.reserve(&self.tip.key, until).await.is_ok()
        {
            self.tip.reserved = until;
        }
    }

    /// Makes what was appended durable.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`]: commits that were answered before their flush may be
    /// lost.
    pub(super) async fn flush<B: StorageBackend>(&mut self, backend: &B) -> Result<()> {
        let flushed = self.sync(backend).await;
        flushed.map_err(|error| self.unknown(error, UNFLUSHED))
    }

    async fn sync<B: StorageBackend>(&mut self, backend: &B) -> Result<()> {
        if self.tip.durable < self.tip.position {
            backend.sync(&self.tip.key).await?;
            self.tip.durable = self.tip.position;
        }
        Ok(())
    }

    /// Finishes and flushes the segment, and begins the next one. No commit is in flight meanwhile.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`] if the flush of commits that were acknowledged without
    /// one failed.
    pub(super) async fn rotate_unless_empty<B: StorageBackend>(
        &mut self,
        backend: &B,
    ) -> Result<()> {
        if self.tip.position <= SEGMENT_HEADER_LEN && self.has_open_segment() {
            return Ok(());
        }
        self.flush(backend).await?;
        self.give_back(backend).await;
        let (next, predecessor) = self.finished();
        self.start_segment(backend, next, predecessor).await
    }

    /// Flushes, and publishes a manifest in which every segment is finished. From then on every
    /// byte of the log is accounted for, and a cut at the end of a segment is damage just as a cut
    /// in the middle. An empty segment is finished too. Then the next manifest always names a new
    /// segment, and recovery notices if that one is missing.
    ///
    /// A handle that appends after that appends to a new segment.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`] if the flush failed. After every other error everything
    /// that was committed is saved.
    pub(super) async fn finish<B: StorageBackend>(&mut self, backend: &B) -> Result<()> {
        self.flush(backend).await?;
        if !self.has_open_segment() {
            return Ok(());
        }
        self.give_back(backend).await;
        let next = self.finished().0;
        let published = self.publish(backend, next).await;
        published.map_err(|error| error.with_place(AT_THE_END))
    }

    /// Gives back the unused reserved space of a segment that will not grow any more.
    async fn give_back<B: StorageBackend>(&self, backend: &B) {
        if self.tip.reserved > self.tip.position {
            // Zeros that stay there are ignored.
            let _ = backend.reserve(&self.tip.key, self.tip.position).await;
        }
    }

    fn has_open_segment(&self) -> bool {
        self.manifest
            .segments
            .last()
            .is_some_and(SegmentEntry::is_open)
    }

    /// A manifest in which the open segment is finished as it is now, and that segment's number and
    /// length.
    fn finished(&self) -> (Box<Manifest>, (ObjectId, u64)) {
        let mut next = self.manifest.clone();
        let mut last = (ObjectId::default(), 0);
        if let Some(open) = next.segments.last_mut() {
            open.len = self.tip.position;
            open.last_lsn = Lsn::new(self.tip.next_lsn.get().saturating_sub(1));
            last = (open.id, open.len);
        }
        (next, last)
    }

    /// What `status` says about the log and the manifest.
    pub(super) fn report(&self, status: &mut StoreStatus) {
        let snapshots = self.manifest.snapshots.iter();
        // After `finish` the manifest already counts the last segment.
        let open_len = if self.has_open_segment() {
            self.tip.position.saturating_sub(SEGMENT_HEADER_LEN)
        } else {
            0
        };
        status.lsn = Lsn::new(self.tip.next_lsn.get().saturating_sub(1));
        status.manifest = self.manifest.number;
        status.epoch = self.manifest.epoch;
        status.segments = self.manifest.segments.len() as u64;
        status.log_len = self.manifest.log_len().saturating_add(open_len);
        status.spare_len = self.manifest.spare_len();
        // In place, because this runs with each batch.
        status.newest = self.manifest.snapshots.last().copied();
        status.snapshots.clear();
        status.snapshots.extend(snapshots.map(SnapshotInfo::from));
    }

    /// First the segment is created durable, with only its header. Then the manifest that names it
    /// is published. Frames follow only after that. Until the manifest is published, the segment
    /// before is the last one, and a failure changes nothing.
    async fn start_segment<B: StorageBackend>(
        &mut self,
        backend: &B,
        mut next: Box<Manifest>,
        (predecessor, predecessor_len): (ObjectId, u64),
    ) -> Result<()> {
        let mut header = SegmentHeader {
            kind: SegmentKind::Live,
            store: next.store,
            id: self.allocate(),
            epoch: next.epoch,
            salt: backend.unique(),
            first_lsn: self.tip.next_lsn,
            predecessor,
            predecessor_len,
            manifest: self.manifest.number.next(),
            state_version: next.state_version,
        };
        let key = self.create_segment(backend, &mut header).await?;
        next.segments.push(SegmentEntry {
            id: header.id,
            first_lsn: header.first_lsn,
            last_lsn: Lsn::new(header.first_lsn.get().saturating_sub(1)),
            len: 0,
            state_version: header.state_version,
            salt: header.salt,
        });
        self.publish(backend, next).await?;
        self.tip = Tip {
            key,
            salt: header.salt,
            position: SEGMENT_HEADER_LEN,
            durable: SEGMENT_HEADER_LEN,
            reserved: 0,
            next_lsn: header.first_lsn,
        };
        Ok(())
    }

    /// Creates the segment durably with its header, under the first free name from the header's
    /// number on.
    async fn create_segment<B: StorageBackend>(
        &mut self,
        backend: &B,
        header: &mut SegmentHeader,
    ) -> Result<Key> {
        let mut strays_left = STRAYS_MAX;
        loop {
            let key = SegmentHeader::key(header.id);
            let bytes = Bytes::from(header.encode());
            match backend.append(&key, 0, bytes).await {
                Ok(()) => {
                    let flushed = backend.sync(&key).await;
                    flushed.map_err(PersistenceError::of_no_commit)?;
                    return Ok(key);
                }
                // A foreign file, or the segment of another writer. Of two writers, the one that
                // publishes its manifest first goes on.
                Err(PersistenceError::Conflict { .. }) if strays_left > 0 => {
                    strays_left = strays_left.saturating_sub(1);
                    self.is_newest(backend, self.manifest.number).await?;
                    header.id = self.allocate();
                }
                Err(error) if is_takeover(&error) => return Err(self.fenced()),
                Err(error) => {
                    // Best effort: the next open also deletes a segment that no manifest names.
                    let _ = backend.delete(&key).await;
                    self.harmless = true;
                    return Err(error.of_no_commit());
                }
            }
        }
    }

    /// Gives `next` the next number and publishes it. Of two writers only one gets the number.
    async fn publish<B: StorageBackend>(
        &mut self,
        backend: &B,
        mut next: Box<Manifest>,
    ) -> Result<()> {
        next.number = self.manifest.number.next();
        next.next_object = self.next_object;
        next.predecessor = self.predecessor;
        let bytes = next.encode().inspect_err(|_| self.harmless = true)?;
        let published = backend
            .atomic_create(&Manifest::key(next.number), Bytes::from(bytes))
            .await;
        match published {
            Ok(()) => {}
            Err(error) if is_takeover(&error) => {
                self.is_newest(backend, self.manifest.number).await?;
                // No writer has taken over: something that is no stream has the name.
                let PersistenceError::AlreadyExists { place } = error else {
                    return Err(error);
                };
                self.harmless = true;
                return Err(in_the_way(place));
            }
            Err(error) => {
                self.harmless = !error.is_outcome_unknown();
                return Err(error.of_no_commit());
            }
        }
        self.is_newest(backend, next.number).await?;
        self.predecessor = named(&next);
        self.previous = Some(std::mem::replace(&mut self.manifest, next));
        Ok(())
    }

    /// Checks that the manifest with this number is the newest.
    ///
    /// A writer that stalled for long may get a number that its successors have used and deleted
    /// again. The two newest manifests are never deleted, so in that case a newer one is there.
    async fn is_newest<B: StorageBackend>(
        &self,
        backend: &B,
        published: ManifestNumber,
    ) -> Result<()> {
        let listing = backend.list(&Prefix::folder(FOLDER)?).await;
        let listing = listing.map_err(PersistenceError::of_no_commit)?;
        let mut numbers = listing
            .iter()
            .filter_map(|entry| entry.key.number_in(FOLDER));
        let first = published.get();
        // A greater number belongs to a foreign file.
        let last = first.saturating_add(NUMBERS_AHEAD_MAX);
        if numbers.any(|number| number > first && number <= last) {
            return Err(self.fenced());
        }
        Ok(())
    }

    /// The error of a failed append or flush while `what` was in flight. A conflict means that
    /// another writer took over. After any other error it is unknown how much of it is there.
    fn unknown(&self, error: PersistenceError, what: &str) -> PersistenceError {
        match error {
            error if is_takeover(&error) => self.fenced(),
            unknown @ PersistenceError::OutcomeUnknown { .. } => unknown,
            other => PersistenceError::OutcomeUnknown {
                place: what.into(),
                source: Arc::new(other),
            },
        }
    }

    const fn fenced(&self) -> PersistenceError {
        PersistenceError::Fenced {
            epoch: self.manifest.epoch.get(),
        }
    }
}

/// How the next manifest names this one.
const fn named(manifest: &Manifest) -> Predecessor {
    Predecessor {
        number: manifest.number,
        sum: manifest.sum,
    }
}

/// The error if something that is no stream, such as a folder, has the name of the next manifest.
/// Its number cannot be skipped, because the segment's header already names it.
fn in_the_way(place: String) -> PersistenceError {
    PersistenceError::Io {
        action: "publish the manifest",
        place,
        source: Arc::new(InTheWay),
    }
}

/// Why the next manifest cannot have its name.
#[derive(Debug, thiserror::Error)]
#[error("a folder, or something else that is no file of the store's, has its name: move it away")]
struct InTheWay;

/// Whether the error means that another writer came first.
const fn is_takeover(error: &PersistenceError) -> bool {
    matches!(
        error,
        PersistenceError::Conflict { .. }
            | PersistenceError::AlreadyExists { .. }
            | PersistenceError::Fenced { .. }
    )
}
