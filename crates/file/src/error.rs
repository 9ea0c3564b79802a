//! From what the system says to what a caller can do.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast_core::{PersistenceError, Source};

use crate::platform::{follows_no_links, has_no_inodes, has_no_locks, is_circle_of_links};
use crate::simulation::Kind;

/// Sorts a system error into the kinds a caller acts on.
pub(crate) fn failed(action: &'static str, place: &Path, error: io::Error) -> PersistenceError {
    let kind = error.kind();
    let source = source(action, place, error);
    let place = place.display().to_string();
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            PersistenceError::StorageFull {
                action,
                place,
                source,
            }
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            PersistenceError::PermissionDenied {
                action,
                place,
                source,
            }
        }
        _ => PersistenceError::Io {
            action,
            place,
            source,
        },
    }
}

/// The system's error, with a remedy where it has one that a person would not guess.
fn source(action: &'static str, place: &Path, error: io::Error) -> Source {
    let remedy = match (error.kind(), action) {
        (io::ErrorKind::StorageFull, _) if has_no_inodes(place) => {
            "the file system has bytes left, but no inode for another file: remove some files, `df -i` counts them"
        }
        (io::ErrorKind::QuotaExceeded, _) => {
            "the quota of the user, group or project is used up, whatever is free on the disk: remove some of what it \
             counts, or have it raised"
        }
        (io::ErrorKind::FileTooLarge, _) => {
            "no file may be as long, by a limit of this process (`ulimit -f`) or of the file system: have it raised"
        }
        (io::ErrorKind::ResourceBusy, "replace" | "delete") => {
            "it is a mount point, as a single file is that is mounted into a container: mount its directory instead"
        }
        (io::ErrorKind::NotFound, "replace") => {
            "another program has removed the temporary file that was to replace it: save it again"
        }
        (_, "lock") if has_no_locks(&error) => {
            "nobody keeps locks on this file system: start its lock service or mount it with locks, or choose another \
             file system"
        }
        _ if is_circle_of_links(&error) && follows_no_links(place) => {
            "no symbolic link is followed on this mount (`nosymfollow`): name the place itself"
        }
        _ if is_circle_of_links(&error) => {
            "its symbolic links lead in a circle, or to a mount where none is followed: name the place itself, or mend \
             the links"
        }
        _ => return Arc::new(error),
    };
    Arc::new(Remediable { error, remedy })
}

/// An error of the system, and what helps.
#[derive(Debug)]
struct Remediable {
    error: io::Error,
    remedy: &'static str,
}

impl fmt::Display for Remediable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.remedy)
    }
}

impl std::error::Error for Remediable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// What is at `place` was removed by someone else.
pub(crate) fn removed(place: &Path) -> PersistenceError {
    PersistenceError::Removed {
        place: place.display().to_string(),
    }
}

/// A save that failed after it may have been published.
pub(crate) fn outcome_unknown(place: &Path, error: io::Error) -> PersistenceError {
    PersistenceError::OutcomeUnknown {
        place: place.display().to_string(),
        source: Arc::new(error),
    }
}

/// The handle died of `cause`.
pub(crate) fn poisoned(cause: &PersistenceError) -> PersistenceError {
    PersistenceError::Poisoned {
        cause: Arc::new(cause.clone()),
    }
}

/// A link, a pipe or a device stands where a file or a folder of ours has to be. Neither absence
/// nor anybody's leave to follow it.
pub(crate) fn in_the_way(name: &Path, found: Kind) -> io::Error {
    let name = name.display();
    io::Error::other(match found {
        Kind::Link => format!(
            "`{name}` is a symbolic link, and none is followed here: put what it leads to in its place, or mount it there"
        ),
        _ => format!("`{name}` is not a regular file: move it away"),
    })
}

/// Whether there is nothing of that name.
pub(crate) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Locks a mutex. A panic elsewhere leaves no state half changed here: every guarded change is one
/// assignment.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
