//! The demo's store from outside: made, looked at, and emptied only if it is an earlier demo's.
//!
//! The directory itself stays, whatever it is: it may be a link or a mount point. A running demo
//! holds a lock on its marker: between two lives of its writer the store's own lock is free.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use steadfast::{FileBackend, Kv, PersistenceError, TornTail, blocking};

use super::earlier::Earlier;
use crate::failure::Failure;
use crate::listing;
use crate::wait::Wait;

/// The file that says that a directory is a demo's. The store takes no notice of names like this.
pub(super) const MARKER: &str = ".steadfast.demo";

/// What a demo's directory holds besides names with [`OWN_PREFIX`].
pub(super) const FOLDERS: [&str; 3] = ["manifest", "snapshot", "wal"];

pub(super) const OWN_PREFIX: &str = ".steadfast.";

/// The demo's directory.
pub(super) struct Site {
    directory: PathBuf,
    /// Locked.
    _marker: File,
}

/// What is in the store after a kill.
#[derive(Default)]
pub(super) struct Found {
    pub(super) kv: Kv,
    pub(super) damage: Vec<PersistenceError>,
    pub(super) torn: Option<TornTail>,
    /// The last commits of the snapshots there are.
    pub(super) snapshots: Vec<u64>,
}

impl Site {
    /// A directory with nothing but the marker in it. Waits for whoever uses it.
    pub(super) fn prepare(directory: PathBuf, wait: Wait) -> Result<Self, Failure> {
        // Before anything is made, and once more when nobody else can change it.
        Earlier::find(&directory)?;
        fs::create_dir_all(&directory).map_err(|error| failed("create", &directory, &error))?;
        let path = directory.join(MARKER);
        let mut marker = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed("write", &path, &error))?;
        wait.until_free(|| lock(&marker, &directory))?;
        if !Earlier::find(&directory)?.is_empty() {
            // Nobody may be using it, and whoever has used it may have changed what there is.
            let store = wait.until_free(|| FileBackend::open(&directory))?;
            Earlier::find(&directory)?.remove()?;
            drop(store);
        }
        marker
            .set_len(0)
            .and_then(|()| {
                marker.write_all(b"Made by `steadfast demo`, and emptied by the next one.\n")
            })
            .map_err(|error| failed("write", &path, &error))?;
        Ok(Self {
            directory,
            _marker: marker,
        })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Names of unfinished files that a kill left.
    pub(super) fn leftovers(&self) -> Result<Vec<String>, Failure> {
        let mut leftovers = Vec::new();
        for folder in [""].iter().chain(&FOLDERS) {
            // A folder that is not there yet has none.
            let Ok(names) = listing::names(&self.directory.join(folder)) else {
                continue;
            };
            let names = names.into_iter().filter_map(|name| name.into_string().ok());
            leftovers.extend(
                names.filter(|name| name.starts_with(OWN_PREFIX) && name.ends_with(".tmp")),
            );
        }
        Ok(leftovers)
    }

    /// Checks every checksum, then reads every record, as any reader would.
    pub(super) fn examine(&self) -> Result<Found, Failure> {
        let backend = FileBackend::open_read_only(&self.directory)?;
        let report = match blocking::verify(&backend) {
            // Killed before the store was made.
            Err(PersistenceError::NoStore { .. }) => return Ok(Found::default()),
            report => report?,
        };
        let mut found = Found {
            damage: report.damage,
            torn: report.torn,
            ..Found::default()
        };
        if found.damage.is_empty() {
            (found.kv, _) = blocking::Store::<Kv, _>::load(&backend)?;
            let status = blocking::status(&backend)?;
            found.snapshots = status.snapshots.iter().map(|s| s.lsn.get()).collect();
        }
        Ok(found)
    }
}

/// Locks the marker, as long as it is open.
fn lock(marker: &File, directory: &Path) -> Result<(), PersistenceError> {
    match marker.try_lock() {
        Err(TryLockError::WouldBlock) => Err(PersistenceError::Locked {
            place: directory.display().to_string(),
            holder: "another demo".to_owned(),
            waited: Duration::ZERO,
        }),
        // Where nothing can be locked, the store says so itself.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

pub(super) fn failed(action: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::store(format!("could not {action} {}: {error}", path.display()))
}
