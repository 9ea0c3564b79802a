//! Copies of a store, from memory into the file system.
//!
//! A copy is there whole or not at all. Until it is acknowledged there may be nothing, or a copy
//! that declares itself unfinished: copying again then has to work. A part of a store must never be
//! taken for the store.

use std::path::{Path, PathBuf};

use steadfast::blocking::{self, Options, Store};
use steadfast::{FileBackend, Kv, Lsn, MemoryBackend, PersistenceError};

use super::store::{go_on, look, unopenable};
use super::{Link, Trouble};
use crate::check::{Loss, Told};
use crate::history::operation;

/// How many copies are made.
const COPIES: u32 = 4;

/// How many commits the store has.
const COMMITS: u64 = 30;

/// A snapshot is taken after each this many commits.
const SNAPSHOT_EVERY: u64 = 12;

fn place(directory: &Path, unit: u32) -> PathBuf {
    directory.join(format!("copy-{unit}"))
}

/// The last commit that goes into the copy `unit`.
fn last_commit(unit: u32) -> u64 {
    if unit.is_multiple_of(2) {
        COMMITS
    } else {
        COMMITS - 2
    }
}

/// The store that is copied. It is the same at each call.
fn source() -> steadfast::Result<MemoryBackend> {
    let backend = MemoryBackend::new();
    let options = Options::default()
        .automatic_snapshots(false)
        .segment_len(8 << 10);
    let store: Store<Kv, _> = Store::open_on(backend.clone(), options)?;
    for n in 1..=COMMITS {
        store.commit(operation(n)?)?;
        if n.is_multiple_of(SNAPSHOT_EVERY) {
            store.snapshot()?;
        }
    }
    store.close()?;
    Ok(backend)
}

fn copy(directory: &Path, unit: u32) -> steadfast::Result<()> {
    let destination = FileBackend::open(place(directory, unit))?;
    let until = Lsn::new(last_commit(unit));
    blocking::copy_store(&source()?, &destination, Some(until)).map(drop)
}

/// Makes the copies. A copy counts as one commit that contains the whole store.
pub(super) fn run(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    for unit in 0..COPIES {
        link.begin(unit, last_commit(unit))?;
        copy(directory, unit)?;
        link.acknowledge(unit, last_commit(unit))?;
    }
    Ok(())
}

pub(super) fn check(directory: &Path, unit: u32, told: Told) -> Result<(), Loss> {
    let path = place(directory, unit);
    let whole = last_commit(unit);
    let shown = match FileBackend::open_read_only(&path) {
        Ok(backend) => match Store::<Kv>::load(&backend) {
            Err(PersistenceError::NotAStore { found, .. }) if found.contains("unfinished copy") => {
                None
            }
            _ => look(&path)?,
        },
        Err(PersistenceError::NoStore { .. }) => None,
        Err(error) => return Err(unopenable("read", error)),
    };
    told.admits(shown)?;
    match shown {
        Some(shown) if shown != whole => Err(Loss::Lost(format!(
            "the copy shows {shown} commits of {whole}"
        ))),
        Some(_) => go_on(&path, whole),
        None => {
            copy(directory, unit).map_err(|error| unopenable("copy again into", error))?;
            match look(&path)? {
                Some(shown) if shown == whole => go_on(&path, whole),
                shown => Err(Loss::Lost(format!(
                    "copied again, it shows {shown:?} commits of {whole}"
                ))),
            }
        }
    }
}
