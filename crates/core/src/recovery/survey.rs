//! A listing, sorted by the meaning of its keys. Pure.

use super::marker::UNFINISHED_COPY;
use crate::backend::Entry;
use crate::ids::{ManifestNumber, ObjectId};
use crate::key::Key;
use crate::manifest::NUMBERS_AHEAD_MAX;
use crate::wal::segment::SEGMENT_HEADER_LEN;

/// Files that a desktop puts into any folder that somebody views. Their names are valid keys, but
/// they are no sign of anybody's data.
const LITTER: [&str; 2] = ["desktop.ini", "thumbs.db"];

/// What is there, judged by names alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    /// Oldest first.
    pub(crate) manifests: Vec<ManifestNumber>,
    /// With their lengths, in the order of their numbers.
    pub(crate) segments: Vec<(ObjectId, u64)>,
    pub(crate) snapshots: Vec<(ObjectId, u64)>,
    /// Keys that do not belong to a store.
    pub(crate) foreign: Vec<Key>,
    pub(crate) listing: Vec<Entry>,
}

impl Survey {
    pub(crate) fn of(listing: Vec<Entry>) -> Self {
        let mut survey = Self::default();
        for Entry { key, len } in &listing {
            if let Some(number) = key.number_in(crate::manifest::FOLDER) {
                let number = ManifestNumber::new(number);
                let place = survey.manifests.partition_point(|before| *before < number);
                survey.manifests.insert(place, number);
            } else if let Some(id) = key.number_in(crate::wal::FOLDER) {
                insert(&mut survey.segments, ObjectId::new(id), *len);
            } else if let Some(id) = key.number_in(crate::snapshot::FOLDER) {
                insert(&mut survey.snapshots, ObjectId::new(id), *len);
            } else if !LITTER.contains(&key.as_str()) {
                survey.foreign.push(key.clone());
            }
        }
        survey.listing = listing;
        survey
    }

    /// Marks as foreign every stream whose number no writer can have reached since the newest sound
    /// manifest, which has `number` and `next_object`.
    ///
    /// Otherwise one stray file with the greatest number would leave no number for the store.
    pub(crate) fn leave_strangers(&mut self, number: ManifestNumber, next_object: ObjectId) {
        let newest = number.get().saturating_add(NUMBERS_AHEAD_MAX);
        let strangers = ObjectId::new(next_object.get().saturating_add(NUMBERS_AHEAD_MAX));
        let first_strange = self
            .manifests
            .partition_point(|found| found.get() <= newest);
        let manifests = self.manifests.split_off(first_strange);
        let manifests = manifests.into_iter().map(crate::manifest::Manifest::key);
        self.foreign.extend(manifests);
        for (folder, objects) in [
            (crate::wal::FOLDER, &mut self.segments),
            (crate::snapshot::FOLDER, &mut self.snapshots),
        ] {
            let first_strange = objects.partition_point(|(id, _)| *id < strangers);
            for (id, _) in objects.drain(first_strange..) {
                self.foreign.push(Key::numbered(folder, id.get()));
            }
        }
    }

    /// The length of a segment in the listing; 0 if it is not there.
    pub(crate) fn segment_len(&self, id: ObjectId) -> u64 {
        let place = self.segments.partition_point(|(before, _)| *before < id);
        let found = self.segments.get(place).filter(|(found, _)| *found == id);
        found.map_or(0, |(_, len)| *len)
    }

    /// The keys that belong to a store by their names.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Key> {
        let keys = self.listing.iter().map(|entry| &entry.key);
        keys.filter(|key| key.as_str() != UNFINISHED_COPY && !LITTER.contains(&key.as_str()))
    }

    /// Whether the marker of an unfinished copy is there.
    pub(crate) fn has_copy_marker(&self) -> bool {
        self.foreign
            .iter()
            .any(|key| key.as_str() == UNFINISHED_COPY)
    }

    /// A number that is at least `floor` and above that of every segment and snapshot here.
    pub(crate) fn next_object(&self, floor: ObjectId) -> ObjectId {
        let used = [self.segments.last(), self.snapshots.last()];
        let past_used = used.into_iter().flatten().map(|(id, _)| id.next());
        past_used.fold(floor.max(ObjectId::new(1)), ObjectId::max)
    }

    /// A stream that only a store with a manifest has: a snapshot, or a segment with frames. A
    /// segment header alone may be left by a crash while the store was created.
    pub(crate) fn evidence_of_a_store(&self) -> Option<Key> {
        let with_frames = self
            .segments
            .iter()
            .find(|(_, len)| *len > SEGMENT_HEADER_LEN);
        let folders = [
            self.snapshots
                .first()
                .map(|(id, _)| (crate::snapshot::FOLDER, *id)),
            with_frames.map(|(id, _)| (crate::wal::FOLDER, *id)),
        ];
        folders
            .into_iter()
            .flatten()
            .next()
            .map(|(folder, id)| Key::numbered(folder, id.get()))
    }
}

/// Inserts in order of the numbers. With a listing in name order the place is always the end.
fn insert(objects: &mut Vec<(ObjectId, u64)>, id: ObjectId, len: u64) {
    let place = objects.partition_point(|(before, _)| *before < id);
    objects.insert(place, (id, len));
}
