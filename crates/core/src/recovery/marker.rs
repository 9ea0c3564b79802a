//! The marker of an unfinished copy: the stream `unfinished-copy`.
//!
//! It is there before anything else of a copy, and goes last. Before the copy's manifest is made,
//! the marker gets that manifest's checksum: so an unfinished copy is told from a store that a
//! forgotten marker stands beside, which nobody may delete for it.

use bytes::Bytes;

use super::manifests::read;
use super::survey::Survey;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::key::Key;

/// The key of the marker.
pub(crate) const UNFINISHED_COPY: &str = "unfinished-copy";

/// What it says, to people.
const NOTE: &str =
    "This copy of a store is not finished. Run the copy again, or remove all of it.\n";

/// No marker is as long.
const NOTE_LEN_MAX: u64 = 1 << 10;

/// What the marker says; `sum` is the checksum of the copy's manifest, once there is one.
pub(crate) fn note(sum: Option<u32>) -> Bytes {
    let mut note = NOTE.to_owned();
    if let Some(sum) = sum {
        note.push_str(&sum.to_string());
    }
    note.into()
}

/// What a marker that is there stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    /// An unfinished copy, which is there: objects without a manifest, or with the one manifest
    /// that the marker names.
    Unfinished,
    /// A copy that is somewhere else, or was removed: the store beside it has another manifest.
    Elsewhere,
    /// Nothing that can be known: another program wrote it.
    Unknown,
}

/// What the marker stands for. A damaged manifest is taken for the one that the marker names, where
/// it names one: nothing else tells.
///
/// # Errors
/// Those of reading the marker and the manifest, but for damage.
pub(crate) async fn marks<B: StorageBackend>(backend: &B, survey: &Survey) -> Result<Marks> {
    let number = match survey.manifests.as_slice() {
        [] => return Ok(Marks::Unfinished),
        [number] => Some(*number),
        _ => None,
    };
    let key = Key::new(UNFINISHED_COPY)?;
    let note = backend.read(&key, 0..NOTE_LEN_MAX).await?;
    let sum = note
        .as_deref()
        .and_then(|note| note.strip_prefix(NOTE.as_bytes()));
    let (sum, number) = match (sum, number) {
        (None, _) => return Ok(Marks::Unknown),
        (Some([]), _) | (_, None) => return Ok(Marks::Elsewhere),
        (Some(sum), Some(number)) => (sum, number),
    };
    match read(backend, number).await {
        Ok(manifest) if sum != manifest.sum.to_string().as_bytes() => Ok(Marks::Elsewhere),
        Ok(_) | Err(PersistenceError::Corrupt { .. }) => Ok(Marks::Unfinished),
        Err(error) => Err(error),
    }
}

/// What is wrong with a store that such a marker stands beside.
pub(crate) fn forgotten<B: StorageBackend>(backend: &B) -> PersistenceError {
    PersistenceError::NotAStore {
        place: backend.location(),
        found: format!(
            "a store beside the marker `{UNFINISHED_COPY}` of another copy (remove only the marker to use the store)"
        ),
    }
}
