//! Which manifest is the store.

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

/// How much of a manifest is read at first: all of nearly every one.
const FIRST_READ_LEN: u64 = 16 << 10;

/// Whether an unfinished copy may be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// It is no store, for anybody.
    Refused,
    /// It is checked by the copy that makes it.
    Checked,
}

/// The newest sound manifest; `None` where there is no store yet. Those that are damaged or cannot
/// be read are skipped and reported: the one before them is complete, and the log tells where it is
/// not. What has a number far beyond it becomes foreign.
///
/// # Errors
/// Where no manifest is sound, what is wrong with the newest; where they are gone but the store's
/// data is there, [`PersistenceError::Missing`]; where there are other things only, or an
/// unfinished copy, [`PersistenceError::NotAStore`]. Damage where a manifest follows on another one
/// than the one that is there.
pub(super) async fn newest_sound<B: StorageBackend>(
    backend: &B,
    survey: &mut Survey,
    unfinished: Unfinished,
    report: &mut RecoveryReport,
) -> Result<Option<Box<Manifest>>> {
    if unfinished == Unfinished::Refused && survey.has_copy_marker() {
        // In a browser nobody copies files: the build does without.
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

/// Reads and checks one manifest. However long its stream is, no more is read than it can be long.
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
        // One byte more than it says, so that bytes behind it are noticed.
        let stated = Manifest::stated_len(&bytes).unwrap_or_default();
        let end = stated.min(MANIFEST_LEN_MAX).saturating_add(1);
        if end > FIRST_READ_LEN {
            bytes = backend.read(&key, 0..end).await?.ok_or_else(gone)?;
        }
    }
    // Boxed: moved by value, it makes the browser build larger.
    Manifest::decode(number, &bytes).map(Box::new)
}

/// Checks that the manifest before this one, as far as it is still there, is the one that this one
/// follows on: not one of a copy that went its own way.
async fn follows_its_predecessor<B: StorageBackend>(
    backend: &B,
    survey: &Survey,
    manifest: &Manifest,
) -> Result<()> {
    let before = manifest.predecessor.number;
    if !survey.manifests.contains(&before) {
        return Ok(());
    }
    // It is not needed: that it cannot be read, or went away meanwhile, is no reason to stop.
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
