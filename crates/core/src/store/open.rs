//! Opening for writing: recover, take the store over, delete garbage.
//!
//! The store is taken over by one manifest, published under the next number. Everything before it
//! only adds streams that no manifest names; after a crash they are garbage for the next open. A
//! store is created in the same way: a first segment, then manifest 1.

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
use crate::ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};
use crate::key::{Key, Prefix};
use crate::manifest::garbage::garbage;
use crate::manifest::{Manifest, Predecessor};
use crate::recovery::{Purpose, Recovered, Survey, read_manifest, recover_beside_writer};
use crate::state::State;
use crate::wal::segment::SEGMENT_HEADER_LEN;

pub(super) async fn open<S: State, B: StorageBackend>(
    backend: B,
    options: StoreOptions,
) -> Result<Store<S, B>> {
    strong_enough(&backend, &options)?;
    let opened = take_over(backend, options).await;
    // Nothing was committed yet.
    opened.map_err(PersistenceError::of_no_commit)
}

async fn take_over<S: State, B: StorageBackend>(
    backend: B,
    options: StoreOptions,
) -> Result<Store<S, B>> {
    let Recovered {
        state,
        survey,
        stored,
        manifest,
        report,
    } = *recover_beside_writer::<S, B>(&backend, Purpose::TakeOver).await?;
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
    // A snapshot that recovery had to skip does not count as one of the two that are kept.
    let passed_over = |key: Key| report.skipped.iter().any(|skipped| skipped.key == key);
    manifest
        .snapshots
        .retain(|snapshot| !passed_over(snapshot.key()));
    let mut office = Office {
        manifest,
        stored,
        survey,
        predecessor,
        next_lsn: report.lsn.next(),
    };
    let mut may_make_room = true;
    let writer = loop {
        match office.take(&backend).await {
            Err(full @ PersistenceError::StorageFull { .. }) if may_make_room => {
                if !office.make_room(&backend).await {
                    return Err(full);
                }
                may_make_room = false;
            }
            taken => break taken?,
        }
    };
    let (newest, previous) = writer.manifests();
    let store = newest.store;
    delete_garbage(&backend, newest, previous).await;
    let mut status = StoreStatus::new(&backend);
    writer.report(&mut status);
    let lsn = report.lsn;
    let live = Live {
        state,
        lsn,
        broken: None,
    };
    let queue = Queue::new(writer, status);
    let shared = Shared::new(backend, store, options, report, live, queue);
    Ok(Store(Arc::new(Handle {
        shared: Arc::new(shared),
    })))
}

/// What a writer takes over.
struct Office {
    /// Every segment is finished.
    manifest: Box<Manifest>,
    /// The stored manifest that this writer starts from.
    stored: Option<Box<Manifest>>,
    survey: Survey,
    /// The number and length of the segment before the first of this writer.
    predecessor: (ObjectId, u64),
    next_lsn: Lsn,
}

impl Office {
    async fn take<B: StorageBackend>(&self, backend: &B) -> Result<Box<Writer>> {
        let mut manifest = self.manifest.clone();
        // A segment that only a damaged manifest names stays as it is. If the next manifest is
        // damaged too, recovery reads it again.
        let left_open = self
            .stored
            .as_ref()
            .and_then(|stored| stored.segments.last())
            .filter(|segment| segment.is_open());
        save_anew(backend, &mut manifest, &self.survey, left_open).await?;
        let (stored, predecessor) = (self.stored.clone(), self.predecessor);
        Writer::begin(backend, manifest, stored, predecessor, self.next_lsn).await
    }

    /// On a full disk, deletes what a predecessor had no time to delete: what neither the stored
    /// manifest nor the one before it names. Returns whether anything was deleted.
    async fn make_room<B: StorageBackend>(&mut self, backend: &B) -> bool {
        let Some(stored) = &self.stored else {
            return false;
        };
        // Without the manifest before, what it names cannot be told from garbage.
        let Ok(before) = read_manifest(backend, stored.predecessor.number).await else {
            return false;
        };
        let garbage = garbage(&self.survey.listing, stored, Some(&before));
        let mut made = false;
        for key in garbage {
            made |= backend.delete(&key).await.is_ok();
        }
        // The first attempt may have used up some numbers.
        let Ok(listing) = backend.list(&Prefix::ROOT).await else {
            return false;
        };
        self.survey = Survey::of(listing);
        self.survey
            .leave_strangers(self.manifest.number, self.manifest.next_object);
        self.manifest.next_object = self.survey.next_object(self.manifest.next_object);
        // The first attempt may have published its manifest. Then its number is used up, and only
        // the next open can go on.
        let newest = self.survey.manifests.last();
        made && newest.is_none_or(|newest| *newest <= self.manifest.number)
    }
}

/// Deletes what neither of the two newest manifests names. What cannot be deleted now is deleted by
/// the next snapshot or open.
pub(super) async fn delete_garbage<B: StorageBackend>(
    backend: &B,
    newest: &Manifest,
    previous: Option<&Manifest>,
) {
    let Ok(listing) = backend.list(&Prefix::ROOT).await else {
        return;
    };
    for key in garbage(&listing, newest, previous) {
        let _ = backend.delete(&key).await;
    }
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

/// The manifest before the first one: a new store, with a new identity.
fn nothing_yet<S: State, B: StorageBackend>(backend: &B) -> Box<Manifest> {
    let id = (u128::from(backend.unique()) << 64) | u128::from(backend.unique());
    Box::new(Manifest {
        number: ManifestNumber::default(),
        store: StoreId::new(id),
        epoch: Epoch::default(),
        state_name: S::NAME.to_owned(),
        state_version: S::VERSION,
        next_object: ObjectId::new(1),
        snapshots: Vec::new(),
        segments: Vec::new(),
        predecessor: Predecessor::default(),
        sum: 0,
    })
}
