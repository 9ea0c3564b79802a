//! Loads the newest sound snapshot and applies the log behind it.

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

/// Loads the state and applies the log to it. Measures the open segment and records its end in the
/// manifest.
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
            // The fence is set only after every frame was decoded: a program that cannot read the
            // log must not change it.
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

/// The state that the log is applied to.
struct Loaded<S> {
    state: S,
    lsn: Lsn,
    /// What is wrong with the newest snapshot, if an older one is used.
    passed_over: Option<PersistenceError>,
}

/// Applies the commits of the segment that come after `lsn`. Returns the last commit that is then
/// applied.
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

/// The newest sound snapshot; without any, the empty state.
///
/// If a newer snapshot was skipped, an older one must reach at least as far together with the log
/// behind it. [`replay`] checks that.
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

/// Makes the frames that were read from the open segment durable and final. A predecessor that was
/// killed between its append and its flush may have left frames that are only in the system's
/// memory. For the next manifest these frames are written once more. But recovery from the manifest
/// before it reads them here, up to the length that the next segment's header states.
///
/// A fence behind the segment stops a predecessor that is still alive from adding to it. It is set
/// even if the backend has a lock: a lock does not keep out a second store over the same handle.
/// Returns `false` if the predecessor appended first. Then its frames count, and the segment has to
/// be read again. An existing fence is flushed too, because it may be in the system's memory only.
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
            // No more than the predecessor stated to be durable. If its flush failed, the disk may
            // lack the rest, whatever the next flush answers.
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
