//! One writer: the lock on a store's directory, and the claim under it.
//!
//! The lock is the operating system's, on the open file `.steadfast.lock`: it ends with the process, however that
//! ends, so there is no stale lock to break. The file itself stays. It keeps every writer out that meets the same lock; the
//! [`Claim`] is for those that do not. Who has the lock stands in the claim's file, because on Windows a locked file cannot
//! be read; that text is for people and decides nothing.

use std::fs::TryLockError;
use std::path::Path;
use std::time::Duration;

use steadfast_core::{PersistenceError, Result};

use super::claim::Claim;
use super::holder;
use crate::error::{failed, removed};
use crate::simulation::{Directory, File, FileSystem, Kind};

/// The locked file.
pub(super) const LOCK: &str = ".steadfast.lock";

/// The exclusive lock; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Lock<F: FileSystem> {
    file: F::File,
    claim: Claim<F>,
}

impl<F: FileSystem> Lock<F> {
    /// Takes the lock on `root`, and ends the claims of writers that the lock did not keep out.
    pub(super) fn acquire(system: &F, root: &F::Directory) -> Result<Self> {
        let place = root.path().join(LOCK);
        let file = match root.open_or_create_file(Path::new(LOCK)) {
            Ok(file) => file,
            Err(_) if root.is_removed() => return Err(removed(root.path())),
            Err(error) => return Err(failed("create", &place, error)),
        };
        if !matches!(file.kind(), Ok(Kind::File(_))) {
            let error = std::io::Error::other("it is not a regular file; remove it");
            return Err(failed("lock", &place, error));
        }
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
        let claim = Claim::make(system, root)?;
        Ok(Self { file, claim })
    }

    pub(super) const fn claim(&self) -> &Claim<F> {
        &self.claim
    }
}

impl<F: FileSystem> Drop for Lock<F> {
    fn drop(&mut self) {
        // A fork shares the lock with its parent, who still needs it.
        if self.claim.is_ours() {
            // Before the unlock: the name must not outlast what it stands for.
            self.claim.end();
            let _ = self.file.unlock();
        }
    }
}
