//! Copies of whole stores: the hot backup and the restore.
//!
//! The source is read without a lock, beside a living writer. The copy holds everything that was
//! acknowledged when the copy began. The destination gets a marker first, then snapshots and
//! finished segments, then the manifest that makes them a store. Then every checksum of the copy is
//! checked, and last the marker is removed.
//!
//! **Invariant: while the marker is there, only the copy itself treats the place as a store.** A
//! crash at any point leaves one of three things: an empty place, an unfinished copy that is marked
//! as such, or the whole checked copy. Copying again starts over. If a place has a sound manifest
//! that the marker does not name, nothing there is deleted; see [`crate::recovery::marker`].

use bytes::Bytes;

use crate::backend::{Precondition, Staged, StorageBackend};
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::key::{Key, Prefix};
use crate::manifest::{Manifest, Predecessor, SNAPSHOTS_KEPT, SegmentEntry, SnapshotEntry};
use crate::recovery::{
    READ_ATTEMPTS_MAX, SegmentContents, Survey, UNFINISHED_COPY, Unfinished, marker, moved_on,
    read_contents, shape,
};
use crate::verify::{VerifyReport, verify_copy};
use crate::wal::segment::SEGMENT_HEADER_LEN;

/// How many bytes are copied at a time.
const WINDOW_LEN: u64 = 4 << 20;

/// What a copy holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CopyReport {
    /// The last commit in the copy.
    pub lsn: Lsn,
    /// How many bytes were copied.
    pub bytes: u64,
    /// What the check of the copy found; the copy is always sound.
    pub verified: VerifyReport,
}

/// Copies the store on `source` to the empty place `destination`, up to commit `until`, or all of
/// it.
///
/// The earliest possible `until` is the last commit in the older of the two snapshots that are
/// kept. An `until` beyond the last commit means the last commit. After an error or a crash the
/// destination is an unfinished copy, which no program opens as a store. Copying to it again
/// finishes it.
///
/// # Errors
/// [`PersistenceError::AlreadyExists`] if there is a store at the destination.
/// [`PersistenceError::NotAStore`] if the destination holds other things, or if the source is an
/// unfinished copy. Damage in the source. [`PersistenceError::NotKept`] if commit `until` is no
/// longer kept.
pub async fn copy_store<A: StorageBackend, B: StorageBackend>(
    source: &A,
    destination: &B,
    until: Option<Lsn>,
) -> Result<CopyReport> {
    let copied = copy(source, destination, until).await;
    // A copy commits nothing, and the marker states what is there.
    copied.map_err(PersistenceError::of_no_commit)
}

async fn copy<A: StorageBackend, B: StorageBackend>(
    source: &A,
    destination: &B,
    until: Option<Lsn>,
) -> Result<CopyReport> {
    clear(destination).await?;
    let marker_key = Key::new(UNFINISHED_COPY)?;
    destination
        .atomic_write(&marker_key, marker::note(None))
        .await?;
    let mut attempt = 0;
    let (mut manifest, bytes) = loop {
        match copy_objects(source, destination, until).await {
            Ok(copied) => break copied,
            Err(error) => {
                attempt += 1;
                if attempt >= READ_ATTEMPTS_MAX || !moved_on(source, &error).await? {
                    return Err(error);
                }
                clear(destination).await?;
            }
        }
    };
    let encoded = Bytes::from(manifest.encode()?);
    destination
        .atomic_write(&marker_key, marker::note(Some(manifest.sum)))
        .await?;
    destination
        .atomic_create(&Manifest::key(manifest.number), encoded)
        .await?;
    let verified = verify_copy(destination).await?;
    if let Some(damage) = verified.damage.first() {
        return Err(damage.clone());
    }
    destination.delete(&marker_key).await?;
    Ok(CopyReport {
        lsn: verified.lsn,
        bytes,
        verified,
    })
}

/// Removes what an unfinished copy left. Refuses to remove anything else.
async fn clear<B: StorageBackend>(destination: &B) -> Result<()> {
    let survey = Survey::of(destination.list(&Prefix::ROOT).await?);
    let foreign = survey
        .foreign
        .iter()
        .find(|key| key.as_str() != UNFINISHED_COPY);
    if let Some(foreign) = foreign {
        return Err(PersistenceError::NotAStore {
            place: destination.location(),
            found: format!("`{foreign}`"),
        });
    }
    if survey.objects().next().is_none() {
        return Ok(());
    }
    if !survey.has_copy_marker() {
        return Err(PersistenceError::AlreadyExists {
            place: destination.location(),
        });
    }
    if !marker::is_about(destination, &survey).await? {
        return Err(marker::not_about(destination));
    }
    for key in survey.objects() {
        destination.delete(key).await?;
    }
    Ok(())
}

/// Copies snapshots and segments. Returns the manifest that will name them.
async fn copy_objects<A: StorageBackend, B: StorageBackend>(
    source: &A,
    destination: &B,
    until: Option<Lsn>,
) -> Result<(Manifest, u64)> {
    let mut manifest = shape(source, Unfinished::Refused).await?.manifest;
    // Not the manifest before the source's newest: in the source's place the copy's manifest would
    // then be taken for the source's.
    manifest.predecessor = Predecessor {
        sum: manifest.sum,
        ..manifest.predecessor
    };
    let mut last = manifest.vouched();
    let until = until.unwrap_or(Lsn::new(u64::MAX));
    let newest = manifest.snapshots.last().map(|snapshot| snapshot.lsn);
    let oldest = manifest.snapshots.first().map(|snapshot| snapshot.lsn);
    manifest.snapshots.retain(|snapshot| snapshot.lsn <= until);
    let surplus = manifest.snapshots.len().saturating_sub(SNAPSHOTS_KEPT);
    manifest.snapshots.drain(..surplus);
    let base = manifest
        .snapshots
        .first()
        .map_or(Lsn::default(), |snapshot| snapshot.lsn);
    let kept_from = manifest
        .segments
        .first()
        .map_or(newest.unwrap_or_default().next(), |first| first.first_lsn);
    if manifest.snapshots.is_empty() && kept_from > Lsn::new(1) {
        return Err(PersistenceError::NotKept {
            commit: until,
            nearest: oldest.unwrap_or(kept_from),
        });
    }
    let mut bytes = 0_u64;
    for snapshot in &manifest.snapshots {
        bytes = bytes.saturating_add(snapshot.len);
        copy_snapshot(source, destination, snapshot).await?;
    }
    let mut segments = Vec::new();
    for entry in &manifest.segments {
        let needed = entry.is_open() || entry.last_lsn > base;
        if needed && entry.first_lsn <= until {
            let contents = read_contents(source, manifest.store, entry).await?;
            last = last.max(contents.scan.last_lsn);
            if let Some(copied) = copy_segment(destination, entry, &contents, until).await? {
                bytes = bytes.saturating_add(copied.len);
                segments.push(copied);
            }
        }
    }
    manifest.segments = segments;
    if manifest.vouched() < last.min(until) {
        return Err(PersistenceError::NotKept {
            commit: until,
            nearest: manifest.vouched(),
        });
    }
    Ok((*manifest, bytes))
}

async fn copy_snapshot<A: StorageBackend, B: StorageBackend>(
    source: &A,
    destination: &B,
    snapshot: &SnapshotEntry,
) -> Result<()> {
    let key = snapshot.key();
    let mut staged = destination.stage(&key).await?;
    let mut position = 0;
    while position < snapshot.len {
        let end = snapshot.len.min(position.saturating_add(WINDOW_LEN));
        let piece = source
            .read(&key, position..end)
            .await?
            .filter(|piece| !piece.is_empty());
        let piece = piece.ok_or_else(|| PersistenceError::Missing {
            key: key.clone(),
            needed_for: format!("it holds the state up to commit {}", snapshot.lsn),
        })?;
        position = position.saturating_add(piece.len() as u64);
        staged.write(piece).await?;
    }
    staged.commit(Precondition::Absent).await
}

/// Copies a segment's frames up to `until`; `None` if it has none.
async fn copy_segment<B: StorageBackend>(
    destination: &B,
    entry: &SegmentEntry,
    contents: &SegmentContents,
    until: Lsn,
) -> Result<Option<SegmentEntry>> {
    let last = contents
        .scan
        .frames
        .iter()
        .rev()
        .find(|frame| frame.lsn <= until);
    let Some(last) = last else { return Ok(None) };
    let end = last.payload.end;
    if (end as u64) <= SEGMENT_HEADER_LEN {
        return Ok(None);
    }
    destination
        .atomic_create(&entry.key(), contents.bytes.slice(..end))
        .await?;
    Ok(Some(SegmentEntry {
        last_lsn: last.lsn,
        len: end as u64,
        ..*entry
    }))
}
