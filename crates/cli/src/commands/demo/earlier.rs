//! An earlier demo's store, in the place of the next one: found file by file, so that nothing else
//! is ever removed.

use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use steadfast::FileBackend;

use super::site::{FOLDERS, MARKER, OWN_PREFIX, failed};
use crate::failure::Failure;
use crate::listing;

/// The store's lock, which whoever empties the store holds meanwhile.
const LOCK: &str = ".steadfast.lock";

/// How many digits the name of a stored file has.
const NUMBER_LEN: usize = 16;

/// What there is of it.
#[derive(Default)]
pub(super) struct Earlier {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Earlier {
    /// What is to be removed; refuses a place where there is anything else.
    pub(super) fn find(directory: &Path) -> Result<Self, Failure> {
        let entries = match entries(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return match fs::symlink_metadata(directory) {
                    Ok(_) => Err(refuse(directory, "is a link that leads nowhere")),
                    Err(_) => Ok(Self::default()),
                };
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(refuse(directory, NO_DEMO));
            }
            Err(error) => return Err(failed("look into", directory, &error)),
        };
        let is_marked = entries.iter().any(|name| name == MARKER);
        let mut earlier = Self::default();
        for name in entries {
            let path = directory.join(&name);
            if !is_marked {
                return Err(refuse(directory, NO_DEMO));
            }
            let Some(kind) = kind(&path)? else {
                continue;
            };
            if FOLDERS.iter().any(|folder| name == *folder) && kind.is_dir() {
                earlier.find_in_folder(directory, &name)?;
            } else if !is_own(&name) || !kind.is_file() {
                return Err(foreign(directory, Path::new(&name)));
            } else if name != MARKER && name != LOCK {
                earlier.files.push(path);
            }
        }
        Ok(earlier)
    }

    fn find_in_folder(&mut self, directory: &Path, folder: &OsStr) -> Result<(), Failure> {
        let path = directory.join(folder);
        for name in entries(&path).map_err(|error| failed("look into", &path, &error))? {
            let file = path.join(&name);
            let is_stored = name.len() == NUMBER_LEN
                && name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit);
            let Some(kind) = kind(&file)? else {
                continue;
            };
            if !(is_stored || is_own(&name)) || !kind.is_file() {
                return Err(foreign(directory, &Path::new(folder).join(name)));
            }
            self.files.push(file);
        }
        self.folders.push(path);
        Ok(())
    }

    /// Whether there is nothing to remove.
    pub(super) const fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    /// Removes it, and neither the directory nor the marker, whose lock is held.
    pub(super) fn remove(&self) -> Result<(), Failure> {
        for file in &self.files {
            match fs::remove_file(file) {
                // The open of the store has removed it.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", file, &error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        for folder in &self.folders {
            // A mount point stays, and empty it is as good as none.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

const NO_DEMO: &str = "is not the store of an earlier demo";

/// The names in a directory, in order, without what the system keeps at the top of a volume.
fn entries(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = listing::names(directory)?;
    names.retain(|name| is_own(name) || !FileBackend::is_bystander(&name.to_string_lossy()));
    names.sort();
    Ok(names)
}

fn is_own(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(OWN_PREFIX.as_bytes())
}

/// What is under a name; `None` where a running demo has taken it away since the directory was
/// read. A link is not followed: a demo makes none.
fn kind(path: &Path) -> Result<Option<FileType>, Failure> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("look at", path, &error)),
    }
}

fn foreign(directory: &Path, name: &Path) -> Failure {
    let holds = format!(
        "holds `{}` besides the store of an earlier demo",
        name.display()
    );
    refuse(directory, &holds)
}

fn refuse(directory: &Path, why: &str) -> Failure {
    Failure::store(format!(
        "{} {why}, and the demo removes nothing else: choose another place with --store, or remove it yourself",
        directory.display()
    ))
}
