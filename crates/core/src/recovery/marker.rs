//! The marker of an unfinished copy: the stream `unfinished-copy`.
//!
//! It is written before anything else of a copy, and removed last. Before the copy's manifest is
//! made, the marker gets that manifest's checksum. So an unfinished copy can be told from a store
//! beside a forgotten marker, which must never be deleted because of the marker.

use bytes::Bytes;

use super::manifests::read;
use super::survey::Survey;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::key::Key;

/// The key of the marker.
pub(crate) const UNFINISHED_COPY: &str = "unfinished-copy";

/// The marker's text for a person.
const NOTE: &str =
    "This copy of a store is not finished. Run the copy again, or remove all of it.\n";

/// Longer than any marker.
const NOTE_LEN_MAX: u64 = 1 << 10;

/// The contents of the marker. `sum` is the checksum of the copy's manifest, once there is one.
pub(crate) fn note(sum: Option<u32>) -> Bytes {
    let mut note = NOTE.to_owned();
    if let Some(sum) = sum {
        note.push_str(&sum.to_string());
    }
    note.into()
}

/// Whether the marker belongs to what is there: objects without a manifest, or with the one
/// manifest that the marker names. If the marker names a manifest, a damaged one is taken for it,
/// because nothing else can tell.
///
/// # Errors
/// Those of reading the marker and the manifest, except damage.
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

/// The error for a place whose marker does not belong to what is there. It may be a store that
/// somebody needs, or a copy whose marker is damaged. The advice in the error loses neither.
pub(crate) fn not_about<B: StorageBackend>(backend: &B) -> PersistenceError {
    PersistenceError::NotAStore {
        place: backend.location(),
        found: format!(
            "something beside `{UNFINISHED_COPY}`, the marker of another copy (to use it, remove the marker alone, \
             then run `verify`)"
        ),
    }
}
