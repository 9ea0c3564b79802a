//! The claim: a file by which a writer finds out that it is fenced off.
//!
//! ```text
//! .steadfast.<16 hex digits>.claim      one for each handle open for writing; names the writer
//! ```
//! A lock keeps a second writer out only if both meet the same lock. It fails if its file was
//! removed while it was held, and if two mounts of the directory keep locks of their own (FUSE, a
//! network file system, and what is below it). So each writer also creates a file, its claim, and
//! removes the claims of all other writers. A writer whose claim was removed is fenced off.
//!
//! A writer keeps its claim open and asks the system whether the claim's name still stands for
//! that file: after each append, and before and after each save and deletion. Where others may see
//! written bytes only after a flush, it also asks after each flush. The question is by name,
//! because the file may have other names: that of a copy by hard links, or one to which somebody
//! moved it.
//!
//! Why nothing acknowledged is lost:
//! 1. A claim is created *before* the others are removed. Of two writers that open at the same
//!    time, the one that lists later sees the other's claim, so at most one keeps its own.
//! 2. The others are removed before anything is read. So what a predecessor acknowledged was
//!    written before its claim was removed, and the successor reads it. What a predecessor writes
//!    later, it does not acknowledge.
//! 3. A successor may itself be fenced off between the two steps. So it changes no stream that was
//!    there before it until it has checked its claim once more. A claim that still stands then
//!    means that nobody has acknowledged anything behind the end that was read.
//!
//! Each claim has a name of its own. A file system that looks files up by name again would answer
//! for the successor's claim under a common name. A claim is never flushed: it matters only to
//! living processes, and no process outlives a power cut.
//!
//! A fork has the handles of its parent, the lock among them. Only the process that opened the
//! store may write, release the lock and remove the claim.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use steadfast_core::{PersistenceError, Result};

use super::holder;
use crate::error::{failed, removed};
use crate::opener::Opener;
use crate::simulation::{Access, Directory, File, FileSystem, Kind, Visibility};

const PREFIX: &str = ".steadfast.";
const SUFFIX: &str = ".claim";
const DIGITS_LEN: usize = 16;

/// Attempts to find a free name. More than one is needed only in a hostile directory or with a
/// broken source of randomness.
const ATTEMPTS_MAX: usize = 16;

/// This handle's claim on a directory.
#[derive(Debug)]
pub(super) struct Claim<F: FileSystem> {
    file: F::File,
    directory: F::Directory,
    name: PathBuf,
    number: u64,
    opener: Opener,
}

impl<F: FileSystem> Claim<F> {
    /// Creates a claim on `root`, and removes the claims of all other writers.
    pub(super) fn make(system: &F, root: &F::Directory) -> Result<Self> {
        let directory = root
            .open_directory(Path::new(""))
            .map_err(|error| failed("open", root.path(), error))?;
        let claim = Self::create_in(system, directory)?;
        match claim.end_others() {
            Ok(()) => Ok(claim),
            Err(error) => {
                claim.end();
                Err(error)
            }
        }
    }

    fn create_in(system: &F, directory: F::Directory) -> Result<Self> {
        let (mut file, name) = create(system, &directory)
            .map_err(|error| failed("make a claim in", directory.path(), error))?;
        // For people: it is the name in the `Locked` error that a second writer gets.
        let _ = file.write_next(holder::words().as_bytes());
        let number = file.number().map_err(|error| {
            let place = directory.path().join(&name);
            match directory.kind(&name) {
                // A writer that opened at the same time has removed it already.
                Ok(None) if !directory.is_removed() => PersistenceError::Fenced { epoch: 0 },
                _ => failed("look at", &place, error),
            }
        })?;
        // The lock shows that this writer lives: see `end_others`. Windows lets nobody read a
        // locked file, and the claim's text must stay readable.
        if F::REPLACES_OPEN {
            let _ = file.try_lock();
        }
        Ok(Self {
            file,
            directory,
            name,
            number,
            opener: Opener::new(),
        })
    }

    fn end_others(&self) -> Result<()> {
        for other in claims(&self.directory)? {
            if other.as_path() == self.name {
                continue;
            }
            match self.directory.remove_file(&other) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // A claim of another user, in a sticky directory. If it is not locked, its writer
                // has ended and need not be fenced off.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    let claim = self.directory.open_file(&other, Access::Read);
                    if !claim.is_ok_and(|claim| claim.try_lock().is_ok()) {
                        return Err(self.cannot_end(&other, error));
                    }
                }
                Err(error) => return Err(self.cannot_end(&other, error)),
            }
        }
        Ok(())
    }

    fn cannot_end(&self, other: &Path, error: io::Error) -> PersistenceError {
        let place = self.directory.path().join(other);
        failed("end the claim of an earlier writer", &place, error)
    }

    /// Fails in a fork of the process that opened the store: two processes would write through one
    /// lock.
    pub(super) fn ensure_ours(&self) -> Result<()> {
        self.opener.ensure_this_process(self.directory.path())
    }

    pub(super) fn is_ours(&self) -> bool {
        self.opener.is_this_process()
    }

    /// Fails if another writer has removed this claim: nothing written since then may be
    /// acknowledged.
    pub(super) fn ensure_held(&self) -> Result<()> {
        let held = self
            .directory
            .is_name_of(&self.name, &self.file, self.number);
        match held {
            Ok(true) => Ok(()),
            _ if self.directory.is_removed() => Err(removed(self.directory.path())),
            Ok(false) => Err(PersistenceError::Fenced { epoch: 0 }),
            Err(error) => Err(failed("look at", &self.place(), error)),
        }
    }

    /// [`ensure_held`](Self::ensure_held) after something was written at `place`. The outcome is
    /// unknown if the claim is gone: a successor may have read it or not.
    pub(super) fn ensure_held_after(&self, place: impl FnOnce() -> PathBuf) -> Result<()> {
        self.ensure_held().map_err(|error| match error {
            removed @ PersistenceError::Removed { .. } => removed,
            error => PersistenceError::OutcomeUnknown {
                place: place().display().to_string(),
                source: Arc::new(error),
            },
        })
    }

    /// Removes the claim's file.
    pub(super) fn end(&self) {
        // If this fails, the next writer removes it.
        let _ = self.directory.remove_file(&self.name);
    }

    fn place(&self) -> PathBuf {
        self.directory.path().join(&self.name)
    }
}

fn create<F: FileSystem>(system: &F, root: &F::Directory) -> io::Result<(F::File, PathBuf)> {
    for _ in 0..ATTEMPTS_MAX {
        let name = PathBuf::from(format!("{PREFIX}{:016x}{SUFFIX}", system.random()));
        match root.create_file(&name, Visibility::Default) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|file| (file, name)),
        }
    }
    Err(io::Error::other("no name for a claim is free"))
}

/// The claims in a directory. Only a regular file is a claim, whatever its name.
pub(super) fn claims(directory: &impl Directory) -> Result<Vec<PathBuf>> {
    let fault = |error| failed("list", directory.path(), error);
    let mut found = Vec::new();
    for name in directory.names().map_err(fault)? {
        let name = PathBuf::from(name);
        if is_claim(name.as_os_str())
            && let Some(Kind::File(_)) = directory.kind(&name).map_err(fault)?
        {
            found.push(name);
        }
    }
    Ok(found)
}

fn is_claim(name: &OsStr) -> bool {
    let digits = name
        .to_str()
        .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    digits.is_some_and(|digits| {
        digits.len() == DIGITS_LEN
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}
