//! Explains the bytes of a store: what each stream states about itself.

use std::collections::BTreeMap;

use crate::backend::{Entry, StorageBackend, WHOLE};
use crate::error::{PersistenceError, Result};
use crate::ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};
use crate::key::{Key, Prefix};
use crate::manifest::FOLDER as MANIFESTS;
use crate::manifest::{SegmentEntry, check_salt};
use crate::recovery::{UNFINISHED_COPY, Unfinished, read_manifest, scan_named, shape};
use crate::snapshot::{FOLDER as SNAPSHOTS, SnapshotHeader, SnapshotReader};
use crate::wal::FOLDER as SEGMENTS;
use crate::wal::scan::scan_open;
use crate::wal::segment::{SegmentHeader, SegmentKind};

/// One stream of a store.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Its key.
    pub key: Key,
    /// Its length in bytes.
    pub len: u64,
    /// What it holds, or what is wrong with it.
    pub contents: Result<Contents>,
}

/// What a stream of a store holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Contents {
    /// Lists the snapshots and segments of the store.
    Manifest {
        /// The store's identity.
        store: StoreId,
        /// The writer's epoch.
        epoch: Epoch,
        /// The name of the state's type.
        state: String,
        /// The version of its encoding.
        state_version: u32,
        /// The snapshots' numbers and last commits.
        snapshots: Vec<(ObjectId, Lsn)>,
        /// The segments' numbers, first commits and lengths; the open segment has length 0.
        segments: Vec<(ObjectId, Lsn, u64)>,
    },
    /// A part of the log.
    Segment {
        /// The epoch of its writer.
        epoch: Epoch,
        /// Whether it was merged from several small segments.
        merged: bool,
        /// Its first commit.
        first_lsn: Lsn,
        /// Its frames.
        frames: Vec<FrameInfo>,
        /// The number of bytes behind the last frame that are no frame.
        torn_len: u64,
    },
    /// A whole state.
    Snapshot {
        /// The last commit in it.
        lsn: Lsn,
        /// The name of the state's type.
        state: String,
        /// The version of its encoding.
        state_version: u32,
        /// How many pieces it is stored in.
        pieces: u64,
    },
    /// A stream that does not belong to the store.
    Foreign,
}

/// One commit in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameInfo {
    /// Its number.
    pub lsn: Lsn,
    /// Where its payload begins in the segment.
    pub offset: u64,
    /// The length of its payload in bytes.
    pub len: u64,
}

/// Explains every stream, in name order.
///
/// # Errors
/// What the backend returns; [`PersistenceError::NotAStore`] for an unfinished copy. Damage is not
/// an error: it is in the inspection of the damaged stream.
pub async fn inspect<B: StorageBackend>(backend: &B) -> Result<Vec<Inspection>> {
    let listing = backend.list(&Prefix::ROOT).await?;
    let is_unfinished = |entry: &Entry| entry.key.as_str() == UNFINISHED_COPY;
    let (salts, segments) = match shape(backend, Unfinished::Refused).await {
        Ok(found) => {
            let segments = found.manifest.segments.iter();
            let segments = segments.map(|entry| (entry.key(), *entry)).collect();
            (found.manifest.salts(), segments)
        }
        Err(error) if listing.iter().any(is_unfinished) => return Err(error),
        // The error is reported at the stream that has it.
        Err(_) => (BTreeMap::new(), BTreeMap::new()),
    };
    let mut inspections = Vec::new();
    for entry in listing {
        let contents = contents(backend, &entry.key, &salts, &segments).await;
        inspections.push(Inspection {
            key: entry.key,
            len: entry.len,
            contents,
        });
    }
    Ok(inspections)
}

async fn contents<B: StorageBackend>(
    backend: &B,
    key: &Key,
    salts: &BTreeMap<Key, u64>,
    segments: &BTreeMap<Key, SegmentEntry>,
) -> Result<Contents> {
    let salt = salts.get(key).copied();
    if let Some(number) = key.number_in(MANIFESTS) {
        manifest(backend, ManifestNumber::new(number)).await
    } else if key.number_in(SEGMENTS).is_some() {
        segment(backend, key, salt, segments.get(key)).await
    } else if key.number_in(SNAPSHOTS).is_some() {
        snapshot(backend, key, salt).await
    } else {
        Ok(Contents::Foreign)
    }
}

async fn manifest<B: StorageBackend>(backend: &B, number: ManifestNumber) -> Result<Contents> {
    let manifest = read_manifest(backend, number).await?;
    let snapshots = manifest.snapshots.iter().map(|entry| (entry.id, entry.lsn));
    let segments = manifest
        .segments
        .iter()
        .map(|entry| (entry.id, entry.first_lsn, entry.len));
    Ok(Contents::Manifest {
        store: manifest.store,
        epoch: manifest.epoch,
        state: manifest.state_name.clone(),
        state_version: manifest.state_version,
        snapshots: snapshots.collect(),
        segments: segments.collect(),
    })
}

/// `named` is how the manifest names the segment. The tail of a finished segment is never torn:
/// bytes there that are no frame are damage.
async fn segment<B: StorageBackend>(
    backend: &B,
    key: &Key,
    salt: Option<u64>,
    named: Option<&SegmentEntry>,
) -> Result<Contents> {
    let bytes = backend.read(key, WHOLE).await?.ok_or_else(|| gone(key))?;
    let header = SegmentHeader::decode(key, &bytes)?;
    check_salt(key, header.salt, salt)?;
    let scan = match named {
        Some(entry) => scan_named(key, &bytes, &header, entry)?,
        None => scan_open(key, &bytes, &header)?,
    };
    let frames = scan.frames.iter().map(|frame| FrameInfo {
        lsn: frame.lsn,
        offset: frame.payload.start as u64,
        len: frame.payload.len() as u64,
    });
    Ok(Contents::Segment {
        epoch: header.epoch,
        merged: header.kind == SegmentKind::Merged,
        first_lsn: header.first_lsn,
        frames: frames.collect(),
        torn_len: scan.torn_len,
    })
}

async fn snapshot<B: StorageBackend>(
    backend: &B,
    key: &Key,
    salt: Option<u64>,
) -> Result<Contents> {
    let mut reader = SnapshotReader::open(backend, key)
        .await?
        .ok_or_else(|| gone(key))?;
    let header = reader.header.clone();
    check_salt(key, header.salt, salt)?;
    let mut pieces = 0_u64;
    while reader.next_piece().await?.is_some() {
        pieces = pieces.saturating_add(1);
    }
    let SnapshotHeader {
        lsn,
        state_name: state,
        state_version,
        ..
    } = header;
    Ok(Contents::Snapshot {
        lsn,
        state,
        state_version,
        pieces,
    })
}

fn gone(key: &Key) -> PersistenceError {
    PersistenceError::Missing {
        key: key.clone(),
        needed_for: "it was listed a moment ago".into(),
    }
}
