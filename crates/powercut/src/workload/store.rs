//! What a store may look like after a power cut.
//!
//! The store is first read without a lock and without writing, and all of it is checked. Then it is
//! opened for writing, given one more commit, and opened again. If no store was acknowledged, there
//! may be none, and creating a new one must work.

use std::path::{Path, PathBuf};

use steadfast::blocking::{self, Options, Store};
use steadfast::{FileBackend, Kv, PersistenceError};

use crate::check::{Loss, Told};
use crate::history::{count_in, operation};

/// Where the store `unit` is.
pub(super) fn place(directory: &Path, unit: u32) -> PathBuf {
    directory.join(format!("store-{unit}"))
}

pub(super) fn check(path: &Path, told: Told) -> Result<(), Loss> {
    let shown = look(path)?;
    told.admits(shown)?;
    go_on(path, shown.unwrap_or(0))
}

/// How many commits are there; `None` where there is no store.
pub(super) fn look(path: &Path) -> Result<Option<u64>, Loss> {
    let loaded = FileBackend::open_read_only(path)
        .and_then(|backend| Store::<Kv>::load(&backend).map(|loaded| (backend, loaded)));
    let (backend, (state, report)) = match loaded {
        Ok(loaded) => loaded,
        Err(PersistenceError::NoStore { .. }) => return Ok(None),
        Err(error) => return Err(unopenable("read", error)),
    };
    let count = count_in(&state).map_err(Loss::Lost)?;
    if report.lsn.get() != count {
        let lsn = report.lsn;
        return Err(Loss::Lost(format!(
            "{count} commits are there, and the last one is number {lsn}"
        )));
    }
    // A power cut does not damage anything that was flushed.
    if let Some(skipped) = report.skipped.first() {
        return Err(Loss::Lost(format!(
            "`{}` was passed over: {}",
            skipped.key, skipped.error
        )));
    }
    let verified = blocking::verify(&backend).map_err(|error| unopenable("verify", error))?;
    match verified.damage.first() {
        Some(damage) => Err(Loss::Lost(format!("verification found: {damage}"))),
        None => Ok(Some(count)),
    }
}

/// Opens a store with `count` commits for writing, and adds one.
pub(super) fn go_on(path: &Path, count: u64) -> Result<(), Loss> {
    let more = count.saturating_add(1);
    write_one(path, count, more)?;
    let shown = look(path)?;
    if shown != Some(more) {
        return Err(Loss::Lost(format!(
            "after one more commit to {count}, {shown:?} are there"
        )));
    }
    Ok(())
}

fn write_one(path: &Path, count: u64, more: u64) -> Result<(), Loss> {
    let options = Options::default().automatic_snapshots(false);
    let opened = FileBackend::open(path).and_then(|backend| Store::open_on(backend, options));
    let store: Store<Kv> = opened.map_err(|error| unopenable("open", error))?;
    let failed = |error| unopenable("write to", error);
    let shown = store.read(count_in).map_err(failed)?.map_err(Loss::Lost)?;
    if shown != count {
        return Err(Loss::Lost(format!(
            "{count} commits were read, but {shown} are there when it is opened for writing"
        )));
    }
    let batch = operation(more).map_err(failed)?;
    store.commit(batch).map_err(failed)?;
    if more.is_multiple_of(2) {
        store.snapshot().map_err(failed)?;
    }
    store.close().map_err(failed)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "errors are given away by `map_err`"
)]
pub(super) fn unopenable(action: &str, error: PersistenceError) -> Loss {
    Loss::Unopenable(format!("could not {action} it: {error}"))
}
