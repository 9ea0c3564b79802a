//! Checks every checksum of a store, without knowing the type of its state.
//!
//! Verification reads everything that the two newest manifests could need: each manifest, and each
//! snapshot and segment that is named. It writes nothing and needs no lock. What a living writer
//! deletes meanwhile is not damage.

use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::key::Key;
use crate::manifest::Manifest;
use crate::recovery::{
    READ_ATTEMPTS_MAX, Shape, TornTail, UNFINISHED_COPY, Unfinished, check_contents, moved_on,
    read_manifest, shape,
};
use crate::snapshot::SnapshotManager;

/// What [`verify`] found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Everything that is damaged or missing, in the order it was found.
    pub damage: Vec<PersistenceError>,
    /// What a crash left of commits that were never acknowledged. Not damage.
    pub torn: Option<TornTail>,
    /// Keys in the store's place that do not belong to the store. Not damage.
    pub foreign: Vec<Key>,
    /// How many manifests were checked.
    pub manifests: u64,
    /// How many snapshots were checked.
    pub snapshots: u64,
    /// How many segments were checked.
    pub segments: u64,
    /// How many commits the segments hold.
    pub commits: u64,
    /// How many bytes were checked.
    pub bytes: u64,
    /// The last commit.
    pub lsn: Lsn,
}

impl VerifyReport {
    /// Whether nothing is damaged or missing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }
}

/// Checks every checksum of the store on `backend`.
///
/// # Errors
/// [`PersistenceError::NoStore`], [`PersistenceError::NotAStore`], and what the backend returns.
/// Damage is in the report.
pub async fn verify<B: StorageBackend>(backend: &B) -> Result<VerifyReport> {
    check(backend, Unfinished::Refused).await
}

/// Checks a copy that still has its marker.
pub(crate) async fn verify_copy<B: StorageBackend>(backend: &B) -> Result<VerifyReport> {
    let mut report = check(backend, Unfinished::Checked).await?;
    report.foreign.retain(|key| key.as_str() != UNFINISHED_COPY);
    Ok(report)
}

async fn check<B: StorageBackend>(backend: &B, unfinished: Unfinished) -> Result<VerifyReport> {
    let mut attempt = 0;
    loop {
        let mut report = VerifyReport::default();
        verify_once(backend, unfinished, &mut report).await?;
        attempt += 1;
        let mut overtaken = false;
        for error in &report.damage {
            overtaken |= moved_on(backend, error).await.unwrap_or(false);
        }
        if !overtaken || attempt >= READ_ATTEMPTS_MAX {
            return Ok(report);
        }
    }
}

async fn verify_once<B: StorageBackend>(
    backend: &B,
    unfinished: Unfinished,
    report: &mut VerifyReport,
) -> Result<()> {
    let found = match shape(backend, unfinished).await {
        Ok(found) => found,
        Err(error) if is_damage(&error) => {
            report.damage.push(error);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    report.foreign.clone_from(&found.survey.foreign);
    manifests(backend, &found, report).await?;
    snapshots(backend, &found, report).await?;
    segments(backend, &found, report).await
}

async fn manifests<B: StorageBackend>(
    backend: &B,
    found: &Shape,
    report: &mut VerifyReport,
) -> Result<()> {
    let mut before: Option<Box<Manifest>> = None;
    for number in &found.survey.manifests {
        report.manifests = report.manifests.saturating_add(1);
        // An older manifest may be deleted at any time. The newest is there, or finding it would
        // have failed.
        match read_manifest(backend, *number).await {
            Err(PersistenceError::Missing { .. }) if *number < found.manifest.number => {}
            Ok(manifest) => {
                // A writer that was fenced may have left one behind, with an older epoch.
                let follows = before
                    .as_ref()
                    .filter(|before| before.epoch <= manifest.epoch)
                    .map_or(Ok(()), |before| manifest.check_follows(before));
                note(follows, report)?;
                before = Some(manifest);
            }
            read => note(read.map(drop), report)?,
        }
    }
    Ok(())
}

async fn snapshots<B: StorageBackend>(
    backend: &B,
    found: &Shape,
    report: &mut VerifyReport,
) -> Result<()> {
    let manager = SnapshotManager::new(backend, found.manifest.store);
    for entry in &found.manifest.snapshots {
        report.snapshots = report.snapshots.saturating_add(1);
        report.bytes = report.bytes.saturating_add(entry.len);
        report.lsn = report.lsn.max(entry.lsn);
        note(manager.verify(entry).await, report)?;
    }
    Ok(())
}

async fn segments<B: StorageBackend>(
    backend: &B,
    found: &Shape,
    report: &mut VerifyReport,
) -> Result<()> {
    // The log is whole behind the older snapshot; without a snapshot it is whole from the first
    // commit on.
    let oldest = found.manifest.snapshots.first();
    let covered = oldest.map_or(Lsn::default(), |snapshot| snapshot.lsn);
    let first = found.manifest.segments.first();
    let mut expected = first.map(|segment| segment.first_lsn.min(covered.next()));
    for entry in &found.manifest.segments {
        report.segments = report.segments.saturating_add(1);
        if expected.is_some_and(|expected| expected != entry.first_lsn) {
            report.damage.push(PersistenceError::corrupt(
                &entry.key(),
                56,
                format!("commit {} as the first", expected.unwrap_or_default()),
                format!("commit {}", entry.first_lsn),
            ));
        }
        expected = Some(entry.last_lsn.next());
        let listed_len = found.survey.segment_len(entry.id);
        let store = found.manifest.store;
        match check_contents(backend, store, entry, listed_len).await {
            Ok(scan) => {
                expected = Some(scan.last_lsn.next());
                report.lsn = report.lsn.max(scan.last_lsn);
                let before_first = entry.first_lsn.get().saturating_sub(1);
                let commits = scan.last_lsn.get().saturating_sub(before_first);
                report.commits = report.commits.saturating_add(commits);
                report.bytes = report.bytes.saturating_add(scan.end);
                if entry.is_open() && scan.torn_len > 0 {
                    let (key, offset, len) = (entry.key(), scan.end, scan.torn_len);
                    report.torn = Some(TornTail { key, offset, len });
                }
            }
            Err(error) => note(Err(error), report)?,
        }
    }
    Ok(())
}

/// Adds damage to the report. If the backend cannot be read, the check ends.
fn note(checked: Result<()>, report: &mut VerifyReport) -> Result<()> {
    match checked {
        Err(error) if is_damage(&error) => {
            report.damage.push(error);
            Ok(())
        }
        other => other,
    }
}

fn is_damage(error: &PersistenceError) -> bool {
    matches!(
        error,
        PersistenceError::Corrupt { .. }
            | PersistenceError::Missing { .. }
            | PersistenceError::NewerFormat { .. }
    )
}
