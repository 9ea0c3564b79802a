//! Which manifest describes the store.

use super::marker::UNFINISHED_COPY;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
use super::marker::{is_about, not_about};
use super::report::{RecoveryReport, Skipped};
use super::survey::Survey;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::format::len_u64;
use crate::ids::{ManifestNumber, ObjectId};
use crate::manifest::{MANIFEST_LEN_MAX, Manifest};

/// How much of a manifest is read at first: enough for nearly every one.
const FIRST_READ_LEN: u64 = 16 << 10;

/// Whether an unfinished copy may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// An unfinished copy is not a store.
    Refused,
    /// The copy that is being made checks it.
    Checked,
}

/// The newest sound manifest; `None` if there is no store yet. Manifests that are damaged or cannot
/// be read are skipped and reported. The manifest before them is complete, and the log shows if it
/// is not. Streams whose number is far beyond the manifest become foreign.
///
/// # Errors
/// If no manifest is sound, the error of the newest. If all manifests are gone but the store's data
/// is there, [`PersistenceError::Missing`]. If there are only other things, or an unfinished copy,
/// [`PersistenceError::NotAStore`]. Damage, if a manifest follows on another manifest than the one
/// that is there.
pub(super) async fn newest_sound<B: StorageBackend>(
    backend: &B,
    survey: &mut Survey,
    unfinished: Unfinished,
    report: &mut RecoveryReport,
) -> Result<Option<Box<Manifest>>> {
    if unfinished == Unfinished::Refused && survey.has_copy_marker() {
        // Nobody copies files in a browser, so that build leaves the check out.
        #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
        if !is_about(backend, survey).await? {
            return Err(not_about(backend));
        }
        return Err(not_a_store(
            backend,
            format!(
                "an unfinished copy of a store, marked by `{UNFINISHED_COPY}` (run the copy again to finish it, or \
                 remove all of it)"
            ),
        ));
    }
    if survey.manifests.is_empty() {
        nothing_or_not_a_store(backend, survey)?;
        survey.leave_strangers(ManifestNumber::default(), ObjectId::default());
        return Ok(None);
    }
    for number in survey.manifests.clone().into_iter().rev() {
        match read(backend, number).await {
            Ok(manifest) => {
                survey.leave_strangers(manifest.number, manifest.next_object);
                let newest = survey.manifests.last().map(|number| Manifest::key(*number));
                report
                    .skipped
                    .retain(|skipped| Some(&skipped.key) <= newest.as_ref());
                follows_its_predecessor(backend, survey, &manifest).await?;
                return Ok(Some(manifest));
            }
            Err(error @ (PersistenceError::Corrupt { .. } | PersistenceError::Io { .. })) => {
                report.skipped.push(Skipped {
                    key: Manifest::key(number),
                    error,
                });
            }
            Err(error) => return Err(error),
        }
    }
    let first = report.skipped.first().map(|skipped| skipped.error.clone());
    first.map_or(Ok(None), Err)
}

/// Reads and checks one manifest. Of a longer stream only the greatest length of a manifest is
/// read.
pub(crate) async fn read<B: StorageBackend>(
    backend: &B,
    number: ManifestNumber,
) -> Result<Box<Manifest>> {
    let key = Manifest::key(number);
    let gone = || PersistenceError::Missing {
        key: key.clone(),
        needed_for: "it says what the store consists of".into(),
    };
    let first = backend.read(&key, 0..FIRST_READ_LEN).await?;
    let mut bytes = first.ok_or_else(gone)?;
    if len_u64(&bytes) == FIRST_READ_LEN {
        // One byte more than the manifest states, so that bytes behind it are noticed.
        let stated = Manifest::stated_len(&bytes).unwrap_or_default();
        let end = stated.min(MANIFEST_LEN_MAX).saturating_add(1);
        if end > FIRST_READ_LEN {
            bytes = backend.read(&key, 0..end).await?.ok_or_else(gone)?;
        }
    }
    // Boxed: moves by value make the browser build larger.
    Manifest::decode(number, &bytes).map(Box::new)
}

/// Checks that this manifest follows on the one before it, if that one is still there, and not on a
/// manifest of a copy that was written to separately.
async fn follows_its_predecessor<B: StorageBackend>(
    backend: &B,
    survey: &Survey,
    manifest: &Manifest,
) -> Result<()> {
    let before = manifest.predecessor.number;
    if !survey.manifests.contains(&before) {
        return Ok(());
    }
    // The manifest before is not needed. If it cannot be read, or was deleted meanwhile, recovery
    // goes on.
    match read(backend, before).await {
        Ok(before) => manifest.check_follows(&before),
        Err(_) => Ok(()),
    }
}

fn nothing_or_not_a_store<B: StorageBackend>(backend: &B, survey: &Survey) -> Result<()> {
    if let Some(foreign) = survey.foreign.first() {
        return Err(not_a_store(backend, format!("`{foreign}`")));
    }
    match survey.evidence_of_a_store() {
        None => Ok(()),
        Some(evidence) => Err(PersistenceError::Missing {
            key: Manifest::key(ManifestNumber::new(1)),
            needed_for: format!(
                "`{evidence}` is there, so this manifest was, or a later one; without it the store \
                 cannot be read"
            ),
        }),
    }
}

fn not_a_store<B: StorageBackend>(backend: &B, found: String) -> PersistenceError {
    PersistenceError::NotAStore {
        place: backend.location(),
        found,
    }
}
