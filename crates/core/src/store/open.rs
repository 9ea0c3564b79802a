//! Opening for writing: recover, take office, tidy up.
//!
//! Taking office is one manifest, published under the next number. Everything before it only adds things that no manifest names; a crash leaves
//! them as garbage for the next open. That is also how a store is created: a first segment, then manifest 1.

use std::sync::Arc;

use super::Store;
use super::anew::save_anew;
use super::options::StoreOptions;
use super::queue::Queue;
use super::shared::{Handle, Live, Shared};
use super::status::StoreStatus;
use super::writer::Writer;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::{Epoch, ManifestNumber, ObjectId, StoreId};
use crate::key::{Key, Prefix};
use crate::manifest::Manifest;
use crate::manifest::garbage::garbage;
use crate::recovery::{Purpose, Recovered, UNFINISHED_COPY, recover_beside_writer};
use crate::state::State;
use crate::wal::segment::SEGMENT_HEADER_LEN;

pub(super) async fn open<S: State, B: StorageBackend>(
    backend: B,
    options: StoreOptions,
) -> Result<Store<S, B>> {
    strong_enough(&backend, &options)?;
    let Recovered {
        state,
        survey,
        stored,
        manifest,
        report,
    } = recover_beside_writer::<S, B>(&backend, Purpose::TakeOver).await?;
    let mut manifest = manifest.unwrap_or_else(|| nothing_yet::<S, B>(&backend));
    // A damaged manifest keeps its number: numbers are never used twice.
    manifest.number = survey.manifests.last().copied().unwrap_or_default();
    manifest.epoch = manifest.epoch.next();
    manifest.state_version = S::VERSION;
    manifest.next_object = survey.next_object(manifest.next_object);
    let predecessor = manifest
        .segments
        .last()
        .map_or((ObjectId::new(0), 0), |last| (last.id, last.len));
    manifest
        .segments
        .retain(|segment| segment.len > SEGMENT_HEADER_LEN);
    // A snapshot that recovery had to pass over is none of the two that are kept.
    let passed_over = |key: Key| report.skipped.iter().any(|skipped| skipped.key == key);
    manifest
        .snapshots
        .retain(|snapshot| !passed_over(snapshot.key()));
    // One that only a damaged manifest names stays as it is: where the next manifest is damaged too, the chain leads through it again.
    let left_open = stored
        .as_ref()
        .and_then(|stored| stored.segments.last())
        .filter(|segment| segment.is_open());
    save_anew(&backend, &mut manifest, &survey, left_open).await?;

    let lsn = report.lsn;
    let writer = Writer::begin(&backend, manifest, stored, predecessor, lsn.next()).await?;
    let (newest, previous) = writer.manifests();
    let store = newest.store;
    let listing = backend.list(&Prefix::ROOT).await?;
    let copied = listing
        .iter()
        .map(|entry| &entry.key)
        .find(|key| key.as_str() == UNFINISHED_COPY);
    for key in copied
        .into_iter()
        .cloned()
        .chain(garbage(&listing, newest, previous))
    {
        backend.delete(&key).await?;
    }
    let mut status = StoreStatus::new(&backend);
    writer.report(&mut status);
    let queue = Queue::new(Box::new(writer), status);
    let shared = Shared::new(backend, store, options, report, Live { state, lsn }, queue);
    Ok(Store(Arc::new(Handle {
        shared: Arc::new(shared),
    })))
}

fn strong_enough<B: StorageBackend>(backend: &B, options: &StoreOptions) -> Result<()> {
    match options.survives {
        Some(wanted) if wanted > backend.survives() => Err(PersistenceError::WeakBackend {
            place: backend.location(),
            wanted,
            has: backend.survives(),
        }),
        _ => Ok(()),
    }
}

/// The manifest before the first one: a new store, with an identity of its own.
fn nothing_yet<S: State, B: StorageBackend>(backend: &B) -> Manifest {
    let id = (u128::from(backend.unique()) << 64) | u128::from(backend.unique());
    Manifest {
        number: ManifestNumber::default(),
        store: StoreId::new(id),
        epoch: Epoch::default(),
        state_name: S::NAME.to_owned(),
        state_version: S::VERSION,
        next_object: ObjectId::new(1),
        snapshots: Vec::new(),
        segments: Vec::new(),
    }
}
