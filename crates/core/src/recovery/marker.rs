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

/// Whether the marker is about what is there: objects without a manifest, or with the one manifest
/// that the marker names. A damaged manifest is taken for that one, where the marker names one:
/// nothing else tells.
///
/// # Errors
/// Those of reading the marker and the manifest, but for damage.
pub(crate) async fn is_about<B: StorageBackend>(backend: &B, survey: &Survey) -> Result<bool> {
    let number = match survey.manifests.as_slice() {
        [] => return Ok(true),
        [number] => *number,
        _ => return Ok(false),
    };
    let key = Key::new(UNFINISHED_COPY)?;
    let note = backend.read(&key, 0..NOTE_LEN_MAX).await?;
    let sum = match note
        .as_deref()
        .and_then(|note| note.strip_prefix(NOTE.as_bytes()))
    {
        None | Some([]) => return Ok(false),
        Some(sum) => sum,
    };
    match read(backend, number).await {
        Ok(manifest) => Ok(sum == manifest.sum.to_string().as_bytes()),
        Err(PersistenceError::Corrupt { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// What is wrong with a place where the marker is not about what is there. It may be a store that
/// somebody needs, or a copy whose marker is damaged: the way out loses neither.
pub(crate) fn not_about<B: StorageBackend>(backend: &B) -> PersistenceError {
    PersistenceError::NotAStore {
        place: backend.location(),
        found: format!(
            "something beside `{UNFINISHED_COPY}`, the marker of another copy (to use it, remove the marker alone, \
             then run `verify`)"
        ),
    }
}
