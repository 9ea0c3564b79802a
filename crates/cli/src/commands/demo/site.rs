//! The demo's store from outside: made, looked at, and removed only if it is an earlier demo's.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use steadfast::{FileBackend, Kv, PersistenceError, TornTail, blocking};

use crate::failure::Failure;

/// The file that says that a directory is a demo's. The store takes no notice of names like this.
const MARKER: &str = ".steadfast.demo";

/// What a demo's directory holds besides names with [`OWN_PREFIX`].
const FOLDERS: [&str; 3] = ["manifest", "snapshot", "wal"];

const OWN_PREFIX: &str = ".steadfast.";

/// The demo's directory.
pub(super) struct Site {
    directory: PathBuf,
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
    /// An empty directory with the marker in it.
    pub(super) fn prepare(directory: PathBuf) -> Result<Self, Failure> {
        let failed = |action: &str, error: &io::Error| {
            Failure::store(format!(
                "could not {action} {}: {error}",
                directory.display()
            ))
        };
        match fs::symlink_metadata(&directory) {
            Ok(_) => remove_earlier(&directory)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("look at", &error)),
        }
        fs::create_dir_all(&directory).map_err(|error| failed("create", &error))?;
        fs::write(
            directory.join(MARKER),
            "Made by `steadfast demo`, and removed by the next one.\n",
        )
        .map_err(|error| failed("write into", &error))?;
        Ok(Self { directory })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Names of unfinished files that a kill left.
    pub(super) fn leftovers(&self) -> Result<Vec<String>, Failure> {
        let mut leftovers = Vec::new();
        for folder in [""].iter().chain(&FOLDERS) {
            // A folder that is not there yet has none.
            let Ok(entries) = fs::read_dir(self.directory.join(folder)) else {
                continue;
            };
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
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

/// Removes an earlier demo's store; refuses everything else.
fn remove_earlier(directory: &Path) -> Result<(), Failure> {
    let refuse = |why: &str| {
        Failure::store(format!(
            "{} {why}, and the demo removes nothing else: choose another place with --store, or remove it yourself",
            directory.display()
        ))
    };
    let Ok(entries) = fs::read_dir(directory) else {
        return Err(refuse("is not the store of an earlier demo"));
    };
    let names: BTreeSet<_> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    if !names.contains(OsStr::new(MARKER)) {
        return Err(refuse("is not the store of an earlier demo"));
    }
    let is_own = |name: &OsStr| {
        name.to_str()
            .is_some_and(|name| FOLDERS.contains(&name) || name.starts_with(OWN_PREFIX))
    };
    if let Some(other) = names.iter().find(|name| !is_own(name)) {
        return Err(refuse(&format!(
            "holds `{}` besides the store of an earlier demo",
            other.display()
        )));
    }
    // Nobody may be using it.
    drop(FileBackend::open(directory)?);
    fs::remove_dir_all(directory).map_err(|error| {
        Failure::store(format!("could not remove {}: {error}", directory.display()))
    })
}
