//! The newest sound snapshot, and the log behind it.

use bytes::Bytes;

use super::Purpose;
use super::chain::read_segment;
use super::report::{RecoveryReport, Skipped, SnapshotUsed, TornTail};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::{Lsn, StoreId};
use crate::manifest::{Manifest, SegmentEntry};
use crate::snapshot::SnapshotManager;
use crate::state::{State, decode_operation};
use crate::wal::frame::{Place, fence};
use crate::wal::scan::{Scan, scan_closed, scan_open};
use crate::wal::segment::SegmentHeader;

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
        let (bytes, header) = read_segment(backend, store, segment.id, segment.first_lsn).await?;
        let (bytes, scan) = if segment.is_open() {
            let last = finish(backend, store, bytes, header.clone(), purpose).await?;
            if last.1.torn_len > 0 {
                let (offset, len) = (last.1.end, last.1.torn_len);
                report.torn = Some(TornTail {
                    key: key.clone(),
                    offset,
                    len,
                });
            }
            segment.len = last.1.end;
            segment.last_lsn = last.1.last_lsn;
            last
        } else {
            let scan = scan_closed(&key, &bytes, &header, segment.len)?;
            if scan.last_lsn != segment.last_lsn {
                let expected = format!("commit {} as the last", segment.last_lsn);
                let found = format!("commit {}", scan.last_lsn);
                return Err(PersistenceError::corrupt(&key, scan.end, expected, found));
            }
            (bytes, scan)
        };
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

/// Reads the open segment to its end; where the backend has no lock and we take over, puts a fence behind it first, so that
/// what was read is all there will ever be.
async fn finish<B: StorageBackend>(
    backend: &B,
    store: StoreId,
    mut bytes: Bytes,
    header: SegmentHeader,
    purpose: Purpose,
) -> Result<(Bytes, Scan)> {
    let key = SegmentHeader::key(header.id);
    loop {
        let scan = scan_open(&key, &bytes, &header)?;
        if purpose == Purpose::Read || backend.is_exclusive() || scan.fenced {
            return Ok((bytes, scan));
        }
        let position = bytes.len() as u64;
        let place = Place {
            salt: header.salt,
            position,
            durable: scan.end,
            first_lsn: scan.last_lsn,
        };
        match backend
            .append(&key, position, Bytes::copy_from_slice(&fence(place)))
            .await
        {
            Ok(()) => {
                backend.sync(&key).await?;
                return Ok((bytes, scan));
            }
            // The old writer is alive and was quicker: what it wrote counts.
            Err(PersistenceError::Conflict { .. }) => {
                bytes = read_segment(backend, store, header.id, header.first_lsn)
                    .await?
                    .0;
            }
            Err(error) => return Err(error),
        }
    }
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
