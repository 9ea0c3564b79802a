//! How a store stands, told from the outside: without its state, and beside a living writer.
//!
//! It costs one listing, the newest manifest, the headers of the snapshots and one segment of the
//! log. What the manifest names is looked at that far, so that a file which is gone, cut, or not
//! the store's is not passed over; [`verify`](crate::verify()) reads the rest.

use crate::backend::StorageBackend;
use crate::error::Result;
use crate::ids::Lsn;
use crate::manifest::SegmentEntry;
use crate::recovery::{
    READ_ATTEMPTS_MAX, Shape, Unfinished, check_contents, moved_on, read_contents, shape,
};
use crate::snapshot::SnapshotManager;
use crate::store::{SnapshotInfo, StoreStatus};

/// How the store on `backend` stands, without opening it: also beside a living writer, and without
/// loading its state.
///
/// Every snapshot and segment that the newest manifest names has to be there with the length that
/// the manifest states, every snapshot with its header, and of the log the last segment with every
/// frame. What is behind the headers of the others is not read.
///
/// # Errors
/// [`NoStore`](crate::PersistenceError::NoStore),
/// [`NotAStore`](crate::PersistenceError::NotAStore), what the backend says, and the first damage
/// that is found.
pub async fn status<B: StorageBackend>(backend: &B) -> Result<StoreStatus> {
    let mut attempt = 0;
    loop {
        let error = match status_once(backend).await {
            Ok(status) => return Ok(status),
            Err(error) => error,
        };
        attempt += 1;
        if attempt >= READ_ATTEMPTS_MAX || !moved_on(backend, &error).await? {
            return Err(error);
        }
    }
}

async fn status_once<B: StorageBackend>(backend: &B) -> Result<StoreStatus> {
    let mut found = shape(backend, Unfinished::Refused).await?;
    // The one before it may do, and still this one is damaged.
    if let Some(skipped) = found.skipped.first() {
        return Err(skipped.error.clone());
    }
    check_snapshots(backend, &found).await?;
    check_segments(backend, &found).await?;
    let manifest = &mut found.manifest;
    let store = manifest.store;
    if let Some(open) = manifest.segments.last_mut().filter(|last| last.is_open()) {
        let scan = read_contents(backend, store, open).await?.scan;
        (open.len, open.last_lsn) = (scan.end, scan.last_lsn);
    }
    let snapshots: Vec<_> = manifest.snapshots.iter().map(SnapshotInfo::from).collect();
    let of_snapshots = snapshots
        .last()
        .map_or(Lsn::default(), |snapshot| snapshot.lsn);
    let of_log = manifest
        .segments
        .last()
        .map_or(Lsn::default(), |segment| segment.last_lsn);
    Ok(StoreStatus {
        location: backend.location(),
        survives: backend.survives(),
        lsn: of_snapshots.max(of_log),
        manifest: manifest.number,
        epoch: manifest.epoch,
        segments: manifest.segments.len() as u64,
        log_len: manifest.log_len(),
        spare_len: manifest.spare_len(),
        snapshots,
        newest: manifest.snapshots.last().copied(),
        snapshot_failure: None,
        retry_at: 0,
        failures: 0,
    })
}

/// The header of each snapshot, and by the listing its length.
async fn check_snapshots<B: StorageBackend>(backend: &B, found: &Shape) -> Result<()> {
    let manager = SnapshotManager::new(backend, found.manifest.store);
    for entry in &found.manifest.snapshots {
        let mut listed = found.survey.snapshots.iter();
        if listed.any(|(id, len)| *id == entry.id && *len != entry.len) {
            // Read as a whole, to be told of in the same words.
            manager.verify(entry).await?;
        } else {
            manager.check_header(entry).await?;
        }
    }
    Ok(())
}

/// The last segment where it is finished, and each finished one that is shorter by the listing than
/// the manifest states.
async fn check_segments<B: StorageBackend>(backend: &B, found: &Shape) -> Result<()> {
    let store = found.manifest.store;
    let is_open = found
        .manifest
        .segments
        .last()
        .is_some_and(SegmentEntry::is_open);
    let finished = found.manifest.segments.iter().rev();
    for (place, entry) in finished.skip(usize::from(is_open)).enumerate() {
        let listed_len = found.survey.segment_len(entry.id);
        if (place == 0 && !is_open) || listed_len < entry.len {
            check_contents(backend, store, entry, listed_len).await?;
        }
    }
    Ok(())
}
