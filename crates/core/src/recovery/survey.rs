//! A listing, sorted by what its keys mean. Pure.

use std::collections::BTreeMap;

use crate::backend::Entry;
use crate::ids::{ManifestNumber, ObjectId};
use crate::key::Key;
use crate::wal::segment::SEGMENT_HEADER_LEN;

/// What a desktop puts into any folder that somebody looks at: names that are keys, and no sign of anybody's data.
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

    /// A number that no segment or snapshot here has, nor any before `floor`.
    pub(crate) fn next_object(&self, floor: ObjectId) -> ObjectId {
        let used = [
            self.segments.last_key_value(),
            self.snapshots.last_key_value(),
        ];
        let past_used = used.into_iter().flatten().map(|(id, _)| id.next());
        past_used.fold(floor.max(ObjectId::new(1)), ObjectId::max)
    }

    /// Something that only a store with a manifest has: a snapshot, or a segment with frames. A bare segment header is
    /// what a crash during the creation of a store leaves.
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
