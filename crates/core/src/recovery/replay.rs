//! The newest sound snapshot, and the log behind it.

use bytes::Bytes;

use super::Purpose;
use super::chain::{SegmentContents, read_contents};
use super::report::{RecoveryReport, Skipped, SnapshotUsed, TornTail};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::key::Key;
use crate::manifest::{Manifest, SegmentEntry};
use crate::panic;
use crate::snapshot::{SnapshotManager, check_schema};
use crate::state::{State, decode_operation};
use crate::wal::frame::{Place, fence};

/// Loads the state and applies the log to it; measures the open segment, which is finished with
/// that.
pub(super) async fn replay<S: State, B: StorageBackend>(
    backend: &B,
    manifest: &mut Manifest,
    purpose: Purpose,
    report: &mut RecoveryReport,
) -> Result<S> {
    let vouched = manifest.vouched();
    let Loaded {
        mut state,
        mut lsn,
        passed_over,
    } = load::<S, B>(backend, manifest, report).await?;
    let store = manifest.store;
    for segment in &mut manifest.segments {
        if !segment.is_open() && segment.last_lsn <= lsn {
            continue;
        }
        if segment.first_lsn > lsn.next() {
            return Err(passed_over.unwrap_or_else(|| gap(segment, lsn)));
        }
        let key = segment.key();
        let mut contents = read_contents(backend, store, segment).await?;
        report.segments_read = report.segments_read.saturating_add(1);
        lsn = apply(&mut state, lsn, &key, &contents, report)?;
        if segment.is_open() {
            // Secured only after everything was understood: a program that cannot read the log does
            // not touch it.
            while purpose == Purpose::TakeOver && !secured(backend, &key, &contents).await? {
                contents = read_contents(backend, store, segment).await?;
                lsn = apply(&mut state, lsn, &key, &contents, report)?;
            }
            let scan = &contents.scan;
            if scan.torn_len > 0 {
                let (offset, len) = (scan.end, scan.torn_len);
                report.torn = Some(TornTail { key, offset, len });
            }
            (segment.len, segment.last_lsn) = (scan.end, scan.last_lsn);
        }
    }
    if lsn < vouched {
        let key = Manifest::key(manifest.number);
        let (expected, found) = (format!("commit {vouched}"), format!("none after {lsn}"));
        let short = || PersistenceError::corrupt(&key, 16, expected, found);
        return Err(passed_over.unwrap_or_else(short));
    }
    report.lsn = lsn;
    Ok(state)
}

/// A state to begin with.
struct Loaded<S> {
    state: S,
    lsn: Lsn,
    /// What is wrong with the newest snapshot, if it is not this one.
    passed_over: Option<PersistenceError>,
}

/// Applies the commits after `lsn` that the segment holds; the last commit that is applied then.
fn apply<S: State>(
    state: &mut S,
    lsn: Lsn,
    key: &Key,
    contents: &SegmentContents,
    report: &mut RecoveryReport,
) -> Result<Lsn> {
    let SegmentContents {
        bytes,
        header,
        scan,
    } = contents;
    check_schema(S::NAME, S::VERSION, S::NAME, header.state_version)?;
    for frame in scan.frames.iter().filter(|frame| frame.lsn > lsn) {
        let payload = bytes.get(frame.payload.clone()).unwrap_or_default();
        let decoded = panic::caught("decoding", || {
            decode_operation::<S>(header.state_version, payload)
        });
        let operation = decoded.map_err(|e| PersistenceError::Codec {
            action: "decode a logged operation",
            reason: format!("commit {} in `{key}`: {e}", frame.lsn),
        })?;
        panic::apply(state, frame.lsn, operation)?;
        report.replayed = report.replayed.saturating_add(1);
    }
    Ok(lsn.max(scan.last_lsn))
}

/// The newest snapshot that is sound; without any, the empty state.
///
/// What is here instead of a newer snapshot has to reach as far as that one with the log behind it:
/// [`replay`] sees to that.
async fn load<S: State, B: StorageBackend>(
    backend: &B,
    manifest: &Manifest,
    report: &mut RecoveryReport,
) -> Result<Loaded<S>> {
    let manager = SnapshotManager::new(backend, manifest.store);
    let mut passed_over = None;
    for entry in manifest.snapshots.iter().rev() {
        match manager.load::<S>(entry).await {
            Ok(state) => {
                report.snapshot = Some(SnapshotUsed {
                    lsn: entry.lsn,
                    len: entry.len,
                });
                let lsn = entry.lsn;
                return Ok(Loaded {
                    state,
                    lsn,
                    passed_over,
                });
            }
            Err(
                error @ (PersistenceError::Corrupt { .. }
                | PersistenceError::Missing { .. }
                | PersistenceError::Io { .. }),
            ) => {
                passed_over.get_or_insert(error.clone());
                report.skipped.push(Skipped {
                    key: entry.key(),
                    error,
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Loaded {
        state: S::default(),
        lsn: Lsn::new(0),
        passed_over,
    })
}

/// Makes what was read of the open segment all that there will ever be, and durable: a predecessor
/// that was killed between its append and its flush may have left frames that only the system's
/// memory has. They are saved anew for the next manifest, but whoever has to fall back to the
/// manifest before reads them here, to the length that the next segment says.
///
/// A fence behind the segment keeps the predecessor, if it lives, from adding to it: also where the
/// backend has a lock, which keeps out everybody but a second store over the same handle. `false`
/// where the predecessor was quicker: what it wrote counts, and the segment has to be read again. A
/// fence that is there already may itself be in the system's memory only.
async fn secured<B: StorageBackend>(
    backend: &B,
    key: &Key,
    contents: &SegmentContents,
) -> Result<bool> {
    if !contents.scan.fenced {
        let position = contents.bytes.len() as u64;
        let place = Place {
            salt: contents.header.salt,
            position,
            // No more than the predecessor vouched for: where its flush failed, the disk may not
            // have the rest, whatever the next flush says.
            durable: contents.scan.durable,
            first_lsn: contents.scan.last_lsn,
        };
        let fence = Bytes::copy_from_slice(&fence(place));
        match backend.append(key, position, fence).await {
            Ok(()) => {}
            Err(PersistenceError::Conflict { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    backend.sync(key).await?;
    Ok(true)
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
