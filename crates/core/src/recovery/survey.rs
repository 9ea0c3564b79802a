//! A listing, sorted by what its keys mean. Pure.

use std::collections::BTreeMap;

use crate::backend::Entry;
use crate::ids::{ManifestNumber, ObjectId};
use crate::key::Key;
use crate::manifest::NUMBERS_AHEAD_MAX;
use crate::wal::segment::SEGMENT_HEADER_LEN;

/// The stream that marks a copy that is not finished; see [`crate::copy`].
pub(crate) const UNFINISHED_COPY: &str = "unfinished-copy";

/// What a desktop puts into any folder that somebody looks at: names that are keys, and no sign of
/// anybody's data.
const LITTER: [&str; 2] = ["desktop.ini", "thumbs.db"];

/// What is there, by its names alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    /// Oldest first.
    pub(crate) manifests: Vec<ManifestNumber>,
    /// With their lengths.
    pub(crate) segments: BTreeMap<ObjectId, u64>,
    pub(crate) snapshots: BTreeMap<ObjectId, u64>,
    /// Keys that are none of a store's.
    pub(crate) foreign: Vec<Key>,
    pub(crate) listing: Vec<Entry>,
}

impl Survey {
    pub(crate) fn of(listing: Vec<Entry>) -> Self {
        let mut survey = Self::default();
        for Entry { key, len } in &listing {
            if let Some(number) = key.number_in(crate::manifest::FOLDER) {
                survey.manifests.push(ManifestNumber::new(number));
            } else if let Some(id) = key.number_in(crate::wal::FOLDER) {
                survey.segments.insert(ObjectId::new(id), *len);
            } else if let Some(id) = key.number_in(crate::snapshot::FOLDER) {
                survey.snapshots.insert(ObjectId::new(id), *len);
            } else if !LITTER.contains(&key.as_str()) {
                survey.foreign.push(key.clone());
            }
        }
        survey.manifests.sort_unstable();
        survey.listing = listing;
        survey
    }

    /// Calls foreign what has a number that no writer can have reached since the newest sound
    /// manifest, which has `number` and `next_object`.
    ///
    /// Else one stray file at the end of the numbers would leave none for the store.
    pub(crate) fn leave_strangers(&mut self, number: ManifestNumber, next_object: ObjectId) {
        let newest = number.get().saturating_add(NUMBERS_AHEAD_MAX);
        let strangers = ObjectId::new(next_object.get().saturating_add(NUMBERS_AHEAD_MAX));
        let first_strange = self
            .manifests
            .partition_point(|found| found.get() <= newest);
        let manifests = self.manifests.split_off(first_strange);
        let segments = self.segments.split_off(&strangers);
        let snapshots = self.snapshots.split_off(&strangers);
        let of = |folder| move |id: ObjectId| Key::numbered(folder, id.get());
        let manifests = manifests.into_iter().map(crate::manifest::Manifest::key);
        self.foreign.extend(manifests);
        self.foreign
            .extend(segments.into_keys().map(of(crate::wal::FOLDER)));
        self.foreign
            .extend(snapshots.into_keys().map(of(crate::snapshot::FOLDER)));
    }

    /// Whether this is what a copy is before it is finished.
    pub(crate) fn has_copy_marker(&self) -> bool {
        self.foreign
            .iter()
            .any(|key| key.as_str() == UNFINISHED_COPY)
    }

    /// A number that no segment or snapshot here has, nor any before `floor`.
    pub(crate) fn next_object(&self, floor: ObjectId) -> ObjectId {
        let used = [
            self.segments.last_key_value(),
            self.snapshots.last_key_value(),
        ];
        let past_used = used.into_iter().flatten().map(|(id, _)| id.next());
        past_used.fold(floor.max(ObjectId::new(1)), ObjectId::max)
    }

    /// Something that only a store with a manifest has: a snapshot, or a segment with frames. A
    /// bare segment header is what a crash during the creation of a store leaves.
    pub(crate) fn evidence_of_a_store(&self) -> Option<Key> {
        let with_frames = self
            .segments
            .iter()
            .find(|(_, len)| **len > SEGMENT_HEADER_LEN);
        let folders = [
            self.snapshots
                .keys()
                .next()
                .map(|id| (crate::snapshot::FOLDER, *id)),
            with_frames.map(|(id, _)| (crate::wal::FOLDER, *id)),
        ];
        folders
            .into_iter()
            .flatten()
            .next()
            .map(|(folder, id)| Key::numbered(folder, id.get()))
    }
}
