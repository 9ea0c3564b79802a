//! Writes commits once more at open, into a segment that is saved whole through the backend's two
//! phases.
//!
//! ```text
//! many small segments            ──► one merged segment
//! the segment that was left open ──► what its writer knew to be durable stays;
//!                                    the rest ──► a merged segment
//! ```
//! The second case is needed because the predecessor may have ended after a failed flush. The
//! system then shows bytes that the disk does not have, takes them for clean, and answers `Ok` to
//! every later flush of that file. Only bytes that are written once more become durable. What a
//! frame states to be durable was flushed before any flush failed, because a writer ends at its
//! first failed flush.
//!
//! The merge of small segments is optional. If it fails for want of space or for another passing
//! reason, the store opens with its segments as they are. The second case is not optional: a
//! manifest must not name bytes that the disk may not have.
//!
//! Both are atomic, because the new segment is garbage until the manifest that names it is
//! published.

use std::ops::Range;

use bytes::Bytes;

use super::writer::STRAYS_MAX;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::{Lsn, ObjectId};
use crate::key::{Key, Prefix};
use crate::manifest::{Manifest, SegmentEntry};
use crate::recovery::{Survey, moved_on, read_contents};
use crate::wal::scan::Scan;
use crate::wal::segment::{SegmentHeader, SegmentKind};
use crate::wal::{FOLDER, merge};

/// Replaces the newest run of small segments by one, if the run is long enough and there is space.
/// Otherwise replaces the part of the segment that was left open that may not be durable.
pub(super) async fn save_anew<B: StorageBackend>(
    backend: &B,
    manifest: &mut Manifest,
    survey: &Survey,
    left_open: Option<&SegmentEntry>,
) -> Result<()> {
    let covered = manifest
        .snapshots
        .last()
        .map_or(Lsn::default(), |snapshot| snapshot.lsn);
    let count = manifest.segments.len();
    let newest = manifest.segments.last().map(|segment| segment.id);
    let was_left_open = newest.is_some() && newest == left_open.map(|segment| segment.id);
    let merged = merge::due(&manifest.segments, covered).map(|run| (run, true));
    let last = was_left_open.then(|| (count.saturating_sub(1)..count, false));
    for (run, is_merge) in [merged, last].into_iter().flatten() {
        match replace(backend, manifest, survey, run, is_merge).await {
            Err(error) if is_merge && error.is_passing() => {}
            replaced => return replaced,
        }
    }
    Ok(())
}

/// Replaces the segments of the run by one. Without a merge, replaces only what may not be durable.
async fn replace<B: StorageBackend>(
    backend: &B,
    manifest: &mut Manifest,
    survey: &Survey,
    run: Range<usize>,
    is_merge: bool,
) -> Result<()> {
    let segments = manifest.segments.get(run.clone()).unwrap_or_default();
    let mut parts = Vec::with_capacity(segments.len());
    for segment in segments {
        match read_contents(backend, manifest.store, segment).await {
            Ok(contents) => parts.push((contents.bytes, contents.scan)),
            Err(error) if moved_on(backend, &error).await? => return Err(fenced(manifest)),
            Err(error) => return Err(error),
        }
    }
    let mut entries = Vec::with_capacity(2);
    if let ([entry], [(_, scan)], false) = (segments, parts.as_mut_slice(), is_merge) {
        entries.extend(vouched(entry, scan));
    }
    entries.extend(save(backend, manifest, survey, &run, &parts).await?);
    // A run ends with the newest segment.
    manifest.segments.truncate(run.start);
    manifest.segments.extend(entries);
    Ok(())
}

/// Removes from the scan what the segment's writer knew to be durable. Returns the entry of a
/// segment that ends there.
fn vouched(entry: &SegmentEntry, scan: &mut Scan) -> Option<SegmentEntry> {
    let (len, last_lsn) = scan.take_vouched()?;
    Some(SegmentEntry {
        len,
        last_lsn,
        ..*entry
    })
}

/// Saves the frames of `parts`, which come from the segments of `run`, as one segment. Returns its
/// entry; `None` if there are no frames.
async fn save<B: StorageBackend>(
    backend: &B,
    manifest: &mut Manifest,
    survey: &Survey,
    run: &Range<usize>,
    parts: &[(Bytes, Scan)],
) -> Result<Option<SegmentEntry>> {
    let mut frames = parts.iter().flat_map(|(_, scan)| &scan.frames);
    let segments = manifest.segments.get(run.clone()).unwrap_or_default();
    let (Some(first), Some(last)) = (frames.next(), segments.last().copied()) else {
        return Ok(None);
    };
    let mut header = SegmentHeader {
        kind: SegmentKind::Merged,
        store: manifest.store,
        id: manifest.next_object,
        epoch: manifest.epoch,
        salt: backend.unique(),
        first_lsn: first.lsn,
        predecessor: ObjectId::new(0),
        predecessor_len: 0,
        manifest: survey.manifests.last().copied().unwrap_or_default().next(),
        state_version: last.state_version,
    };
    let mut strays_left = STRAYS_MAX;
    let len = loop {
        let bytes = merge::merge(&header, parts);
        let len = bytes.len() as u64;
        // The number is used up even if the save fails, because the save may have happened.
        manifest.next_object = header.id.next();
        let key = SegmentHeader::key(header.id);
        match backend.atomic_create(&key, Bytes::from(bytes)).await {
            Ok(()) => break len,
            Err(PersistenceError::AlreadyExists { .. }) if strays_left > 0 => {
                // The number was free when the store was listed, so a living writer has taken it
                // since.
                if is_stream(backend, FOLDER, &key).await? {
                    return Err(fenced(manifest));
                }
                strays_left = strays_left.saturating_sub(1);
                header.id = manifest.next_object;
            }
            Err(error) => return Err(error),
        }
    };
    Ok(Some(SegmentEntry {
        id: header.id,
        first_lsn: header.first_lsn,
        len,
        salt: header.salt,
        ..last
    }))
}

/// Whether the name belongs to a stream. Something else with that name, such as a folder, is in no
/// listing.
async fn is_stream<B: StorageBackend>(backend: &B, folder: &str, key: &Key) -> Result<bool> {
    let listing = backend.list(&Prefix::folder(folder)?).await?;
    Ok(listing.iter().any(|entry| entry.key == *key))
}

/// The error if a living writer has gone on meanwhile.
const fn fenced(manifest: &Manifest) -> PersistenceError {
    PersistenceError::Fenced {
        epoch: manifest.epoch.get(),
    }
}
