//! From what the system says to what a caller can do.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast_core::{PersistenceError, Source};

use crate::simulation::Kind;

/// Sorts a system error into the kinds a caller acts on.
pub(crate) fn failed(action: &'static str, place: &Path, error: io::Error) -> PersistenceError {
    let place = place.display().to_string();
    let kind = error.kind();
    let source: Source = Arc::new(error);
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

/// A link, a pipe or a device stands where a file or a folder of ours has to be. Neither absence nor anybody's leave to follow it.
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

/// Locks a mutex. A panic elsewhere leaves no state half changed here: every guarded change is one assignment.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
