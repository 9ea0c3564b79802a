//! What may be deleted: pure, from a listing and the two newest manifests.

use super::{FOLDER, Manifest};
use crate::backend::Entry;
use crate::ids::ObjectId;
use crate::key::Key;

/// The keys that neither manifest names.
///
/// Numbers from `newest.next_object` on are never garbage. They belong to a segment or snapshot
/// that is being made and that the next manifest will name.
pub(crate) fn garbage(
    listing: &[Entry],
    newest: &Manifest,
    previous: Option<&Manifest>,
) -> Vec<Key> {
    let oldest_kept = previous.map_or(newest.number, |previous| previous.number);
    let named = |id: ObjectId| {
        [Some(newest), previous]
            .into_iter()
            .flatten()
            .any(|manifest| {
                manifest.segments.iter().any(|segment| segment.id == id)
                    || manifest.snapshots.iter().any(|snapshot| snapshot.id == id)
            })
    };
    let is_garbage = |key: &Key| {
        if let Some(number) = key.number_in(FOLDER) {
            return number < oldest_kept.get();
        }
        let object = key
            .number_in(crate::wal::FOLDER)
            .or_else(|| key.number_in(crate::snapshot::FOLDER))
            .map(ObjectId::new);
        object.is_some_and(|id| id < newest.next_object && !named(id))
    };
    let mut keys = Vec::new();
    for Entry { key, .. } in listing {
        if is_garbage(key) {
            keys.push(key.clone());
        }
    }
    keys
}
