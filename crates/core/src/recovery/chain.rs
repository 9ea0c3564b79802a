//! Finds the segments that make up the log, and reads them.

use bytes::Bytes;

use super::READ_ATTEMPTS_MAX;
use super::report::RecoveryReport;
use super::survey::Survey;
use crate::backend::{StorageBackend, WHOLE};
use crate::error::{PersistenceError, Result};
use crate::format::{index, len_u64};
use crate::ids::{Lsn, StoreId};
use crate::key::Key;
use crate::manifest::{Manifest, SegmentEntry, check_salt};
use crate::wal::scan::{Scan, WINDOW_LEN, Windows, scan_closed, scan_open};
use crate::wal::segment::{SEGMENT_HEADER_LEN, SegmentHeader, SegmentKind};

/// Adds to `manifest` the segments that only newer, damaged manifests name.
///
/// Frames are written only after a manifest names their segment. So a live segment beyond the
/// manifest that has frames was named by a newer one. If the newer manifest is there but damaged,
/// the segment's header says where it belongs. If it is not there, it was lost. A stream without a
/// sound header of this store is skipped, unless a damaged manifest may have named it.
///
/// If every segment of a manifest is finished, the next manifest names a new segment: no writer
/// goes on without one. If that next manifest is damaged and its segment is gone too, nothing tells
/// what was in it.
///
/// # Errors
/// [`PersistenceError::Missing`] for a lost manifest; damage in the headers; the error of the next
/// manifest, if its segment is not there.
pub(super) async fn adopt_unnamed<B: StorageBackend>(
    backend: &B,
    survey: &Survey,
    manifest: &mut Manifest,
    report: &RecoveryReport,
) -> Result<()> {
    let named_up_to = manifest.next_object;
    let next = Manifest::key(manifest.number.next());
    let is_finished = !manifest.segments.iter().any(SegmentEntry::is_open);
    // A foreign file under the next manifest's name is no manifest.
    let lost = report.skipped.iter().find(|skipped| {
        is_finished && skipped.key == next && !Manifest::is_foreign(&skipped.error)
    });
    let mut has_next_segment = false;
    for (id, len) in &survey.segments {
        // A segment without frames may have been left by a crash before its manifest was published.
        // It only matters as proof that the log went on there.
        let is_bare = *len <= SEGMENT_HEADER_LEN;
        if *id < named_up_to || (is_bare && lost.is_none()) {
            continue;
        }
        let key = SegmentHeader::key(*id);
        let Some(bytes) = backend.read(&key, 0..SEGMENT_HEADER_LEN).await? else {
            continue;
        };
        let decoded = SegmentHeader::decode(&key, &bytes)
            .and_then(|header| header.belongs(&key, manifest.store, *id).map(|()| header));
        let header = match decoded {
            Ok(header) => header,
            // A torn beginning, or a foreign stream: no damaged manifest can have named it.
            Err(PersistenceError::Corrupt { .. }) if is_bare || report.skipped.is_empty() => {
                continue;
            }
            Err(error) => return Err(error),
        };
        if header.kind == SegmentKind::Merged {
            continue;
        }
        let namer = Manifest::key(header.manifest);
        let is_named = report.skipped.iter().any(|skipped| skipped.key == namer);
        has_next_segment |= is_named;
        if is_bare {
            continue;
        }
        if !is_named {
            let needed_for = format!("it names the log segment `{key}`");
            return Err(PersistenceError::Missing {
                key: namer,
                needed_for,
            });
        }
        let before = Lsn::new(header.first_lsn.get().saturating_sub(1));
        if let Some(open) = manifest.segments.last_mut() {
            if open.id != header.predecessor {
                let (expected, found) = (open.id, header.predecessor);
                let expected = format!("segment {expected} as predecessor");
                return Err(PersistenceError::corrupt(
                    &key,
                    64,
                    expected,
                    format!("{found}"),
                ));
            }
            open.len = header.predecessor_len;
            open.last_lsn = before;
        }
        manifest.segments.push(SegmentEntry {
            id: *id,
            first_lsn: header.first_lsn,
            last_lsn: before,
            len: 0,
            state_version: header.state_version,
            salt: header.salt,
        });
        manifest.next_object = id.next();
    }
    match lost {
        Some(lost) if !has_next_segment => Err(lost.error.clone()),
        _ => Ok(()),
    }
}

/// A segment that was read and scanned.
pub(crate) struct SegmentContents {
    pub(crate) bytes: Bytes,
    pub(crate) header: Box<SegmentHeader>,
    pub(crate) scan: Scan,
}

/// Reads and scans a segment that a manifest names. The tail of the open segment may be torn, and
/// its writer may still be alive.
///
/// A read takes time, and a living writer may write meanwhile. Where zeros are written ahead, a
/// slow read may pass zeros before a group replaces them, and then meet a later group that states
/// the first one to be durable. That looks like damage, so the open segment is read again. A group
/// is whole before any frame states it to be durable, so the next read finds it. That read can at
/// most fail at a later offset in the same way. Real damage stays at the same offset.
///
/// # Errors
/// [`PersistenceError::Missing`], and any damage before the last durable offset.
pub(crate) async fn read_contents<B: StorageBackend>(
    backend: &B,
    store: StoreId,
    entry: &SegmentEntry,
) -> Result<SegmentContents> {
    let key = entry.key();
    let mut damaged_at = None;
    let mut attempts_left = READ_ATTEMPTS_MAX;
    loop {
        attempts_left = attempts_left.saturating_sub(1);
        let (bytes, header) = read_segment(backend, store, entry).await?;
        match scan_named(&key, &bytes, &header, entry) {
            Ok(scan) => {
                return Ok(SegmentContents {
                    bytes,
                    header,
                    scan,
                });
            }
            Err(PersistenceError::Corrupt { offset, .. })
                if entry.is_open() && attempts_left > 0 && damaged_at != Some(offset) =>
            {
                damaged_at = Some(offset);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Scans a segment that a manifest names.
///
/// # Errors
/// Those of [`scan_open`] or [`scan_closed`].
pub(crate) fn scan_named(
    key: &Key,
    bytes: &[u8],
    header: &SegmentHeader,
    entry: &SegmentEntry,
) -> Result<Scan> {
    if entry.is_open() {
        return scan_open(key, bytes, header);
    }
    let scan = scan_closed(key, bytes, header, entry.len)?;
    ends_as_named(key, &scan, entry)?;
    Ok(scan)
}

/// Checks that the last frame has the number that the manifest's entry states.
fn ends_as_named(key: &Key, scan: &Scan, entry: &SegmentEntry) -> Result<()> {
    if scan.last_lsn != entry.last_lsn {
        let expected = format!("commit {} as the last", entry.last_lsn);
        let found = format!("commit {}", scan.last_lsn);
        return Err(PersistenceError::corrupt(key, scan.end, expected, found));
    }
    Ok(())
}

/// Checks a segment that a manifest names, as [`read_contents`] does, but keeps none of its frames.
/// A finished segment is never in memory as a whole.
///
/// `listed_len` is the segment's length in the listing. A segment that is shorter than its entry
/// states is read as a whole, so that the error has the same words.
///
/// # Errors
/// Those of [`read_contents`].
pub(crate) async fn check_contents<B: StorageBackend>(
    backend: &B,
    store: StoreId,
    entry: &SegmentEntry,
    listed_len: u64,
) -> Result<Scan> {
    if !entry.is_open()
        && (SEGMENT_HEADER_LEN..=listed_len).contains(&entry.len)
        && let Some(scan) = check_windows(backend, store, entry).await?
    {
        return Ok(scan);
    }
    let mut scan = read_contents(backend, store, entry).await?.scan;
    scan.frames = Vec::new();
    Ok(scan)
}

/// Checks a finished segment window by window; `None` if some of its bytes are missing.
async fn check_windows<B: StorageBackend>(
    backend: &B,
    store: StoreId,
    entry: &SegmentEntry,
) -> Result<Option<Scan>> {
    let key = entry.key();
    let mut wanted = Some(0..entry.len.min(WINDOW_LEN));
    let mut begun: Option<Windows> = None;
    while let Some(range) = wanted {
        let len = range.end.saturating_sub(range.start);
        let read = backend.read(&key, range).await?;
        let Some(window) = read.filter(|window| len_u64(window) == len) else {
            return Ok(None);
        };
        let mut frames = &window[..];
        let windows = match &mut begun {
            Some(windows) => windows,
            None => {
                let header = header_as_named(&key, &window, store, entry)?;
                let frames_at = index(SEGMENT_HEADER_LEN).unwrap_or_default();
                frames = window.get(frames_at..).unwrap_or_default();
                begun.insert(Windows::new(&header, entry.len))
            }
        };
        windows.follow(&key, frames)?;
        wanted = windows.wanted();
    }
    let Some(windows) = begun else {
        return Ok(None);
    };
    let scan = windows.into_scan();
    ends_as_named(&key, &scan, entry)?;
    Ok(Some(scan))
}

/// Reads a segment and checks its header against the manifest's entry.
///
/// # Errors
/// [`PersistenceError::Missing`], and damage in the header.
async fn read_segment<B: StorageBackend>(
    backend: &B,
    store: StoreId,
    entry: &SegmentEntry,
) -> Result<(Bytes, Box<SegmentHeader>)> {
    let key = entry.key();
    // Bytes behind a finished segment's last frame are ignored.
    let range = if entry.is_open() {
        WHOLE
    } else {
        0..entry.len.max(SEGMENT_HEADER_LEN)
    };
    let bytes = backend
        .read(&key, range)
        .await?
        .ok_or_else(|| PersistenceError::Missing {
            key: key.clone(),
            needed_for: format!("it holds the commits from {} on", entry.first_lsn),
        })?;
    let header = header_as_named(&key, &bytes, store, entry)?;
    Ok((bytes, header))
}

/// The header at the start of `bytes`, checked against the manifest's entry.
fn header_as_named(
    key: &Key,
    bytes: &[u8],
    store: StoreId,
    entry: &SegmentEntry,
) -> Result<Box<SegmentHeader>> {
    let header = Box::new(SegmentHeader::decode(key, bytes)?);
    header.belongs(key, store, entry.id)?;
    if header.first_lsn != entry.first_lsn {
        let (expected, found) = (entry.first_lsn, header.first_lsn);
        let (expected, found) = (format!("commit {expected}"), format!("commit {found}"));
        return Err(PersistenceError::corrupt(key, 56, expected, found));
    }
    check_salt(key, header.salt, Some(entry.salt))?;
    // A merge uses the entry's version. If the header's differs, the merge would save the frames
    // under the wrong version.
    if header.state_version != entry.state_version {
        let expected = "the version of the state that the manifest tells";
        return Err(PersistenceError::corrupt(key, 88, expected, "another"));
    }
    Ok(header)
}
