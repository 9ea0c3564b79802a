//! The status of a store that is not open here: without its state, and beside a living writer.
//!
//! It takes one listing, the newest manifest, the headers of the snapshots and one segment of the
//! log. That is enough to notice a file that is gone, cut, or not the store's.
//! [`verify`](crate::verify()) reads the rest.

use crate::backend::StorageBackend;
use crate::error::Result;
use crate::ids::Lsn;
use crate::manifest::SegmentEntry;
use crate::recovery::{
    READ_ATTEMPTS_MAX, Shape, Unfinished, check_contents, moved_on, read_contents, shape,
};
use crate::snapshot::SnapshotManager;
use crate::store::{SnapshotInfo, StoreStatus};

/// The status of the store on `backend`. The store is not opened: a writer may be alive, and the
/// state is not loaded.
///
/// Every snapshot and segment that the newest manifest names must have the length that the manifest
/// states. Of each snapshot the header is checked, and of the log every frame in the last segment.
/// The rest of the other snapshots and segments is not read.
///
/// # Errors
/// [`NoStore`](crate::PersistenceError::NoStore),
/// [`NotAStore`](crate::PersistenceError::NotAStore), what the backend returns, and the first
/// damage that is found.
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
    // An older manifest may be good enough to open the store, but the newest one is damaged.
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

/// Checks the header of each snapshot, and its length in the listing.
async fn check_snapshots<B: StorageBackend>(backend: &B, found: &Shape) -> Result<()> {
    let manager = SnapshotManager::new(backend, found.manifest.store);
    for entry in &found.manifest.snapshots {
        let mut listed = found.survey.snapshots.iter();
        if listed.any(|(id, len)| *id == entry.id && *len != entry.len) {
            // Read as a whole, so that the error has the same words.
            manager.verify(entry).await?;
        } else {
            manager.check_header(entry).await?;
        }
    }
    Ok(())
}

/// Checks the last segment if it is finished, and every finished segment that is shorter in the
/// listing than the manifest states.
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
