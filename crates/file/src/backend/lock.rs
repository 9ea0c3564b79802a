//! One writer: the lock on a store's directory.
//!
//! The lock is the operating system's, on the open file `.steadfast.lock`: it ends with the process, however that
//! ends, so there is no stale lock to break. The file itself stays. Who holds it stands in a second file, because on Windows a
//! locked file cannot be read; that text is for people, is never flushed and decides nothing.

use std::fs::TryLockError;
use std::path::Path;
use std::time::Duration;

use steadfast_core::{PersistenceError, Result};

use super::holder;
use crate::error::{failed, removed};
use crate::simulation::{Directory, File, FileSystem};

/// The locked file.
pub(super) const LOCK: &str = ".steadfast.lock";

/// The exclusive lock; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Lock<F: FileSystem> {
    file: F::File,
    directory: F::Directory,
}

impl<F: FileSystem> Lock<F> {
    /// Takes the lock on `root`.
    pub(super) fn acquire(root: &F::Directory) -> Result<Self> {
        let place = root.path().join(LOCK);
        let file = match root.open_or_create_file(Path::new(LOCK)) {
            Ok(file) => file,
            Err(_) if root.is_removed() => return Err(removed(root.path())),
            Err(error) => return Err(failed("create", &place, error)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(PersistenceError::Locked {
                    place: root.path().display().to_string(),
                    holder: holder::of_a_lock(root),
                    waited: Duration::ZERO,
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed("lock", &place, error)),
        }
        // A lock on a file that has lost its name keeps no one out.
        if file
            .is_unlinked()
            .map_err(|error| failed("look at", &place, error))?
        {
            return Err(removed(&place));
        }
        let directory = root
            .open_directory(Path::new(""))
            .map_err(|error| failed("open", root.path(), error))?;
        holder::write(root);
        Ok(Self { file, directory })
    }
}

impl<F: FileSystem> Drop for Lock<F> {
    fn drop(&mut self) {
        // Before the unlock: the name must not outlast what it stands for, nor erase a successor's.
        let _ = self.directory.remove_file(Path::new(holder::HOLDER));
        let _ = self.file.unlock();
    }
}
