//! The newest sound snapshot, and the log behind it.

use bytes::Bytes;

use super::Purpose;
use super::chain::{SegmentContents, read_contents};
use super::report::{RecoveryReport, Skipped, SnapshotUsed, TornTail};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::{Lsn, StoreId};
use crate::manifest::{Manifest, SegmentEntry};
use crate::snapshot::SnapshotManager;
use crate::state::{State, decode_operation};
use crate::wal::frame::{Place, fence};

/// Loads the state and applies the log to it; measures the open segment, which is finished with that.
pub(super) async fn replay<S: State, B: StorageBackend>(
    backend: &B,
    manifest: &mut Manifest,
    purpose: Purpose,
    report: &mut RecoveryReport,
) -> Result<S> {
    let (mut state, mut lsn) = load::<S, B>(backend, manifest, report).await?;
    let store = manifest.store;
    for segment in &mut manifest.segments {
        if !segment.is_open() && segment.last_lsn <= lsn {
            continue;
        }
        if segment.first_lsn > lsn.next() {
            return Err(gap(segment, lsn));
        }
        let key = segment.key();
        let mut contents = read_contents(backend, store, segment).await?;
        if segment.is_open() {
            if purpose == Purpose::TakeOver {
                contents = secure(backend, store, segment, contents).await?;
            }
            let scan = &contents.scan;
            if scan.torn_len > 0 {
                let (offset, len) = (scan.end, scan.torn_len);
                report.torn = Some(TornTail {
                    key: key.clone(),
                    offset,
                    len,
                });
            }
            (segment.len, segment.last_lsn) = (scan.end, scan.last_lsn);
        }
        let SegmentContents {
            bytes,
            header,
            scan,
        } = contents;
        report.segments_read = report.segments_read.saturating_add(1);
        for frame in scan.frames.iter().filter(|frame| frame.lsn > lsn) {
            let payload = bytes.get(frame.payload.clone()).unwrap_or_default();
            let operation = decode_operation::<S>(header.state_version, payload).map_err(|e| {
                PersistenceError::Codec {
                    action: "decode a logged operation",
                    reason: format!("commit {} in `{key}`: {e}", frame.lsn),
                }
            })?;
            state.apply(operation);
            report.replayed = report.replayed.saturating_add(1);
        }
        lsn = lsn.max(scan.last_lsn);
    }
    report.lsn = lsn;
    Ok(state)
}

/// The newest snapshot that is sound; without any, the empty state, if the log reaches back to it.
async fn load<S: State, B: StorageBackend>(
    backend: &B,
    manifest: &Manifest,
    report: &mut RecoveryReport,
) -> Result<(S, Lsn)> {
    let manager = SnapshotManager::new(backend, manifest.store);
    let mut first_error = None;
    for entry in manifest.snapshots.iter().rev() {
        match manager.load::<S>(entry).await {
            Ok(state) => {
                report.snapshot = Some(SnapshotUsed {
                    lsn: entry.lsn,
                    len: entry.len,
                });
                return Ok((state, entry.lsn));
            }
            Err(error @ (PersistenceError::Corrupt { .. } | PersistenceError::Missing { .. })) => {
                first_error.get_or_insert(error.clone());
                report.skipped.push(Skipped {
                    key: entry.key(),
                    error,
                });
            }
            Err(error) => return Err(error),
        }
    }
    let from_the_beginning = manifest
        .segments
        .first()
        .is_none_or(|segment| segment.first_lsn == Lsn::new(1));
    match first_error {
        Some(error) if !from_the_beginning => Err(error),
        _ => Ok((S::default(), Lsn::new(0))),
    }
}

/// Makes what was read of the open segment all that there will ever be, and durable: a predecessor that was killed between its append
/// and its flush may have left frames that only the system's memory has, and the next manifest will vouch for them.
///
/// Where the backend has no lock, a fence behind the segment keeps the predecessor, if it lives, from adding to it.
async fn secure<B: StorageBackend>(
    backend: &B,
    store: StoreId,
    segment: &SegmentEntry,
    mut contents: SegmentContents,
) -> Result<SegmentContents> {
    let key = segment.key();
    if backend.is_exclusive() {
        backend.sync(&key).await?;
        return Ok(contents);
    }
    while !contents.scan.fenced {
        let position = contents.bytes.len() as u64;
        let place = Place {
            salt: contents.header.salt,
            position,
            durable: contents.scan.end,
            first_lsn: contents.scan.last_lsn,
        };
        match backend
            .append(&key, position, Bytes::copy_from_slice(&fence(place)))
            .await
        {
            Ok(()) => {
                backend.sync(&key).await?;
                break;
            }
            // The old writer is alive and was quicker: what it wrote counts.
            Err(PersistenceError::Conflict { .. }) => {
                contents = read_contents(backend, store, segment).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(contents)
}

fn gap(segment: &SegmentEntry, lsn: Lsn) -> PersistenceError {
    PersistenceError::corrupt(
        &segment.key(),
        56,
        format!("the commit after {lsn}"),
        format!(
            "commit {} as its first: the log between is gone",
            segment.first_lsn
        ),
    )
}
