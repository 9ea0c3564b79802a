//! Single values that are replaced: files through `AtomicFile`, a key through `FileBackend`.
//!
//! Several threads save files of their own. A file system may give the blocks that one save frees
//! to the next save while the first one is not durable yet: ext4 with `data=writeback` does.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use steadfast::blocking::Backend;
use steadfast::{AtomicFile, FileBackend, PersistenceError};

use super::store::unopenable;
use super::{Link, Trouble};
use crate::check::{Loss, Told};
use crate::history::{version, version_of};

/// How often a value is saved.
pub(super) const SAVES: u64 = 40;

/// How many threads save files.
const THREADS: u32 = 3;

/// Two directories deep: both have to be made, durably.
const KEY: &str = "slots/first/auto.save";

fn file(directory: &Path, unit: u32) -> PathBuf {
    directory.join(format!("settings-{unit}.bin"))
}

pub(super) fn replace_files(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    let link = Mutex::new(link);
    let save_all = |unit| -> Result<(), Trouble> {
        let link = || link.lock().unwrap_or_else(PoisonError::into_inner);
        for n in 1..=SAVES {
            link().begin(unit, n)?;
            save_file(&file(directory, unit), (unit, n))?;
            link().acknowledge(unit, n)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|unit| scope.spawn(move || save_all(unit)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .map_err(|_| Trouble::from("a thread panicked"))?
        })
    })
}

fn save_file(path: &Path, (unit, n): (u32, u64)) -> Result<(), PersistenceError> {
    let mut saved = AtomicFile::create(path)?;
    // `commit` returns the same error.
    let _ = saved.write_all(&version(unit, n));
    saved.commit()
}

pub(super) fn check_file(directory: &Path, unit: u32, told: Told) -> Result<(), Loss> {
    let path = file(directory, unit);
    let shown = shown_in_file(&path, unit)?;
    told.admits(shown)?;
    let next = shown.unwrap_or(0).saturating_add(1);
    save_file(&path, (unit, next)).map_err(|error| unopenable("save", error))?;
    expect_shown(shown_in_file(&path, unit)?, next)
}

/// Which version is in the file; `None` where there is no file.
pub(super) fn shown_in_file(path: &Path, unit: u32) -> Result<Option<u64>, Loss> {
    match std::fs::read(path) {
        Ok(bytes) => version_of(unit, &bytes).map(Some).map_err(Loss::Lost),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Loss::Unopenable(error.to_string())),
    }
}

fn expect_shown(shown: Option<u64>, expected: u64) -> Result<(), Loss> {
    if shown == Some(expected) {
        return Ok(());
    }
    Err(Loss::Lost(format!(
        "version {expected} was saved after the crash, but {shown:?} is there"
    )))
}

fn place(directory: &Path) -> PathBuf {
    directory.join("values")
}

pub(super) fn replace_value(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    let backend = Backend::new(FileBackend::open(place(directory))?);
    for n in 1..=SAVES {
        link.begin(0, n)?;
        if n == 1 {
            backend.atomic_create(KEY, &version(0, n))?;
        } else {
            backend.atomic_write(KEY, &version(0, n))?;
        }
        link.acknowledge(0, n)?;
    }
    Ok(())
}

pub(super) fn check_value(directory: &Path, told: Told) -> Result<(), Loss> {
    let path = place(directory);
    let shown = match FileBackend::open_read_only(&path) {
        Ok(backend) => shown_in_value(&Backend::new(backend))?,
        Err(PersistenceError::NoStore { .. }) => None,
        Err(error) => return Err(unopenable("read", error)),
    };
    told.admits(shown)?;
    let backend = FileBackend::open(&path).map_err(|error| unopenable("open", error))?;
    let backend = Backend::new(backend);
    if shown_in_value(&backend)? != shown {
        return Err(Loss::Lost("opening it for writing changed it".to_owned()));
    }
    let next = shown.unwrap_or(0).saturating_add(1);
    let saved = backend.atomic_write(KEY, &version(0, next));
    saved.map_err(|error| unopenable("save", error))?;
    expect_shown(shown_in_value(&backend)?, next)
}

fn shown_in_value(backend: &Backend<FileBackend>) -> Result<Option<u64>, Loss> {
    let bytes = backend
        .read(KEY)
        .map_err(|error| unopenable("read", error))?;
    bytes
        .map(|bytes| version_of(0, &bytes).map_err(Loss::Lost))
        .transpose()
}
