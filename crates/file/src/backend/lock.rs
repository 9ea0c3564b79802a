//! One writer: the lock on a store's directory, and the claim under it.
//!
//! The lock is the operating system's, on the open file `.steadfast.lock`: it ends with the
//! process, however that ends, so there is no stale lock to break. The file itself stays. It keeps
//! every writer out that meets the same lock; the [`Claim`] is for those that do not. Who has the
//! lock stands in the claim's file, because on Windows a locked file cannot be read; that text is
//! for people and decides nothing.
//!
//! Only who may write the directory may open the file: the system gives a lock to whoever may read
//! it, and a reader that holds it would keep every writer out.

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

/// How often a lock is taken that turns out to be on a file that somebody has removed.
const ATTEMPTS_MAX: usize = 16;

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
        for _ in 0..ATTEMPTS_MAX {
            let file = lock(root, &place)?;
            // A lock on a file that has lost its name keeps no one out: the next one is on its
            // successor.
            let is_unlinked = file
                .is_unlinked()
                .map_err(|error| failed("look at", &place, error))?;
            if !is_unlinked {
                let claim = Claim::make(system, root)?;
                return Ok(Self { file, claim });
            }
        }
        Err(removed(&place))
    }

    pub(super) const fn claim(&self) -> &Claim<F> {
        &self.claim
    }
}

/// The locked file.
fn lock<D: Directory>(root: &D, place: &Path) -> Result<D::File> {
    let file = match root.open_or_create_lock(Path::new(LOCK)) {
        Ok(file) => file,
        Err(_) if root.is_removed() => return Err(removed(root.path())),
        Err(error) => return Err(failed("create", place, error)),
    };
    if !matches!(file.kind(), Ok(Kind::File(_))) {
        let error = std::io::Error::other("it is not a regular file; remove it");
        return Err(failed("lock", place, error));
    }
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PersistenceError::Locked {
            place: root.path().display().to_string(),
            holder: holder::of_a_lock(root),
            waited: Duration::ZERO,
        }),
        Err(TryLockError::Error(error)) => Err(failed("lock", place, error)),
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
