//! Which manifest is the store.

use super::report::{RecoveryReport, Skipped};
use super::survey::Survey;
use crate::backend::{StorageBackend, WHOLE};
use crate::error::{PersistenceError, Result};
use crate::ids::ManifestNumber;
use crate::manifest::Manifest;

/// The stream that marks a copy that is not finished; see [`crate::copy`].
pub(crate) const UNFINISHED_COPY: &str = "unfinished-copy";

/// The newest sound manifest; `None` where there is no store yet. Damaged ones are skipped and reported.
///
/// # Errors
/// Where all manifests are damaged, the newest one's damage; where they are gone but the store's data is
/// there, [`PersistenceError::Missing`]; where there are other things only, [`PersistenceError::NotAStore`].
pub(super) async fn newest_sound<B: StorageBackend>(
    backend: &B,
    survey: &Survey,
    report: &mut RecoveryReport,
) -> Result<Option<Manifest>> {
    if survey.manifests.is_empty() {
        return nothing_or_not_a_store(backend, survey).map(|()| None);
    }
    for number in survey.manifests.iter().rev() {
        match read(backend, *number).await {
            Ok(manifest) => return Ok(Some(manifest)),
            Err(error @ PersistenceError::Corrupt { .. }) => {
                report.skipped.push(Skipped {
                    key: Manifest::key(*number),
                    error,
                });
            }
            Err(error) => return Err(error),
        }
    }
    let first = report.skipped.first().map(|skipped| skipped.error.clone());
    first.map_or(Ok(None), Err)
}

/// Reads and checks one manifest.
pub(crate) async fn read<B: StorageBackend>(
    backend: &B,
    number: ManifestNumber,
) -> Result<Manifest> {
    let key = Manifest::key(number);
    let bytes = backend
        .read(&key, WHOLE)
        .await?
        .ok_or_else(|| PersistenceError::Missing {
            key: key.clone(),
            needed_for: "it says what the store consists of".into(),
        })?;
    Manifest::decode(number, &bytes)
}

fn nothing_or_not_a_store<B: StorageBackend>(backend: &B, survey: &Survey) -> Result<()> {
    if let Some(foreign) = survey.foreign.first() {
        let found = if foreign.as_str() == UNFINISHED_COPY {
            "an unfinished copy of a store (run the copy again, or remove it)".to_owned()
        } else {
            format!("`{foreign}`")
        };
        return Err(PersistenceError::NotAStore {
            place: backend.location(),
            found,
        });
    }
    match survey.evidence_of_a_store() {
        None => Ok(()),
        Some(evidence) => Err(PersistenceError::Missing {
            key: Manifest::key(ManifestNumber::new(1)),
            needed_for: format!(
                "`{evidence}` is there, so a manifest was; without one the store cannot be read"
            ),
        }),
    }
}
