//! Recovery: from whatever a crash left to the state that was acknowledged.
//!
//! ```text
//! list → survey (pure) → newest sound manifest → chain of segments → newest sound snapshot
//!   → replay → report
//! ```
//! Recovery writes nothing but one fence frame behind the open segment. So it may itself crash at
//! any point and be run again. It must not guess. Damage is an error with key and offset, unless
//! something else that was kept gives the same state: the previous manifest, or the previous
//! snapshot and its log. Then the report says so.

mod chain;
mod manifests;
pub(crate) mod marker;
mod replay;
mod report;
mod survey;

pub use report::{RecoveryReport, Skipped, SnapshotUsed, TornTail};

pub(crate) use chain::{SegmentContents, check_contents, read_contents, scan_named};
pub(crate) use manifests::{Unfinished, read as read_manifest};
pub(crate) use marker::UNFINISHED_COPY;
pub(crate) use survey::Survey;

use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::ManifestNumber;
use crate::key::Prefix;
use crate::manifest::Manifest;
use crate::snapshot::check_schema;
use crate::state::State;

/// Whether recovery reads beside a living writer, or takes the store over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Only reads: nothing is written.
    Read,
    /// Takes the store over for writing: the predecessor is fenced.
    TakeOver,
}

/// What recovery found.
pub(crate) struct Recovered<S> {
    pub(crate) state: S,
    /// What was listed.
    pub(crate) survey: Survey,
    /// The newest sound manifest as it is stored; `None` if there is no store yet.
    pub(crate) stored: Option<Box<Manifest>>,
    /// The manifest with every segment finished: unnamed segments are added, the open one is
    /// measured.
    pub(crate) manifest: Option<Box<Manifest>>,
    pub(crate) report: RecoveryReport,
}

/// Recovers the state that the backend holds.
///
/// # Errors
/// Every kind of damage and mismatch that [`PersistenceError`] knows. An empty place is not an
/// error.
pub(crate) async fn recover<S: State, B: StorageBackend>(
    backend: &B,
    purpose: Purpose,
) -> Result<Box<Recovered<S>>> {
    let mut survey = Survey::of(backend.list(&Prefix::ROOT).await?);
    let mut report = RecoveryReport::default();
    let unfinished = Unfinished::Refused;
    let found = manifests::newest_sound(backend, &mut survey, unfinished, &mut report).await?;
    let Some(stored) = found else {
        return Ok(Box::new(Recovered {
            state: S::default(),
            survey,
            stored: None,
            manifest: None,
            report,
        }));
    };
    check_schema(
        S::NAME,
        S::VERSION,
        &stored.state_name,
        stored.state_version,
    )?;
    report.manifest = stored.number;
    report.epoch = stored.epoch;
    let mut manifest = stored.clone();
    let replayed = async {
        chain::adopt_unnamed(backend, &survey, &mut manifest, &report).await?;
        replay::replay(backend, &mut manifest, purpose, &mut report).await
    };
    let replayed = replayed.await;
    let state = replayed.map_err(|error| unless_unreadable(&report, error))?;
    Ok(Box::new(Recovered {
        state,
        survey,
        stored: Some(stored),
        manifest: Some(manifest),
        report,
    }))
}

/// The store's shape without its state: its survey, and the manifest with its unnamed segments
/// added.
pub(crate) struct Shape {
    pub(crate) survey: Survey,
    pub(crate) manifest: Box<Manifest>,
    /// What is wrong with newer manifests.
    pub(crate) skipped: Vec<Skipped>,
}

/// Finds the newest sound manifest and completes it, without loading a state.
///
/// # Errors
/// [`PersistenceError::NoStore`] if there is none; otherwise as for [`recover`].
pub(crate) async fn shape<B: StorageBackend>(backend: &B, unfinished: Unfinished) -> Result<Shape> {
    let mut survey = Survey::of(backend.list(&Prefix::ROOT).await?);
    let mut report = RecoveryReport::default();
    let found = manifests::newest_sound(backend, &mut survey, unfinished, &mut report).await?;
    let place = || PersistenceError::NoStore {
        place: backend.location(),
    };
    let mut manifest = found.ok_or_else(place)?;
    let adopted = chain::adopt_unnamed(backend, &survey, &mut manifest, &report).await;
    adopted.map_err(|error| unless_unreadable(&report, error))?;
    Ok(Shape {
        survey,
        manifest,
        skipped: report.skipped,
    })
}

/// If something could not be read, and nothing else that was kept replaces it, that read error is
/// returned instead of `error`: it may pass.
fn unless_unreadable(report: &RecoveryReport, error: PersistenceError) -> PersistenceError {
    let mut skipped = report.skipped.iter().map(|skipped| &skipped.error);
    match skipped.find(|error| matches!(error, PersistenceError::Io { .. })) {
        Some(unreadable) => unreadable.clone(),
        None => error,
    }
}

/// How often recovery starts again because a living writer removed what it was about to read.
pub(crate) const READ_ATTEMPTS_MAX: u32 = 20;

/// Recovers beside a living writer, which may at any moment remove what it no longer needs. Then
/// there is a newer manifest, and recovery starts again from it.
pub(crate) async fn recover_beside_writer<S: State, B: StorageBackend>(
    backend: &B,
    purpose: Purpose,
) -> Result<Box<Recovered<S>>> {
    let mut attempt = 0;
    loop {
        let error = match recover(backend, purpose).await {
            Ok(recovered) => return Ok(recovered),
            Err(error) => error,
        };
        attempt += 1;
        if attempt >= READ_ATTEMPTS_MAX || !moved_on(backend, &error).await? {
            return Err(error);
        }
    }
}

/// Whether a writer's progress can explain the error: something was missing, and the listing shows
/// a manifest that no longer needs it.
pub(crate) async fn moved_on<B: StorageBackend>(
    backend: &B,
    error: &PersistenceError,
) -> Result<bool> {
    let PersistenceError::Missing { key, .. } = error else {
        return Ok(false);
    };
    let mut survey = Survey::of(backend.list(&Prefix::ROOT).await?);
    let mut report = RecoveryReport::default();
    let unfinished = Unfinished::Checked;
    let manifest = match manifests::newest_sound(backend, &mut survey, unfinished, &mut report)
        .await
    {
        Ok(Some(manifest)) => manifest,
        // The writer made progress once more in the meantime.
        Err(PersistenceError::Missing { .. }) if !survey.manifests.is_empty() => return Ok(true),
        Ok(None) | Err(PersistenceError::Corrupt { .. } | PersistenceError::Missing { .. }) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    if let Some(number) = key.number_in(crate::manifest::FOLDER) {
        let newest = survey.manifests.last().copied().unwrap_or_default();
        return Ok(newest >= ManifestNumber::new(number));
    }
    let named = manifest
        .segments
        .iter()
        .any(|segment| segment.key() == *key)
        || manifest
            .snapshots
            .iter()
            .any(|snapshot| snapshot.key() == *key);
    Ok(!named)
}
