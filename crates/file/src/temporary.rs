//! A new file under a temporary name, and the step that publishes it.
//!
//! ```text
//! create  .steadfast.<16 hex digits>.tmp   in the target's own directory, exclusively, locked
//! write   as often as needed               nobody sees it: the name is not the target's
//! publish set the old file's attributes → flush the file → hold the old file → rename over the target
//!         → flush the directory → let the old file go
//! ```
//! Why this is atomic and durable: the rename replaces one directory entry by another, so at every instant the target
//! is the old file or the new one; the flush before it makes sure that the new one is whole wherever the new
//! entry is; the flush after it makes the entry itself durable. Neither flush is ever repeated: an error of the first means
//! that the old file stays, an error of the second that nobody knows. Between the rename and that flush a power cut brings the old entry back: the
//! old file is held open until then, so that its blocks are nobody else's (ext4 with `data=writeback` gives them away at once).
//!
//! * The name is random and created exclusively, so two savers never share a file. `O_TMPFILE` would need no name, but a
//!   linked file can then not replace another, and btrfs needs a second flush (atomic-write-file#6).
//! * The file stays locked for as long as its maker lives, so that whoever cleans up can tell a leftover of a crash
//!   from a save in progress, in this process or another.
//! * Where it replaces a file it is private (0600) until it has that file's mode. Where it replaces nothing, the system gives
//!   it what any new file gets: only the system knows the creation mask and the directory's default access list.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use steadfast_core::PersistenceError;

use crate::error::{failed, outcome_unknown, poisoned, removed};
use crate::opener::Opener;
use crate::simulation::{Access, Directory, File, FileSystem, Kind, Visibility, WriteBack};

const PREFIX: &str = ".steadfast.";
const SUFFIX: &str = ".tmp";
const DIGITS_LEN: usize = 16;

/// Attempts at a free name. One is enough but for a hostile directory or a broken source of randomness.
const ATTEMPTS_MAX: usize = 16;

/// Whom a save shares the disk with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Nobody that we know of.
    Alone,
    /// Commits, which flush.
    Beside,
}

/// So much of a new file is written to the disk in one go.
const fn piece_len(pace: Pace) -> usize {
    match pace {
        // Long enough to cost nothing: a save of a few megabytes is left to its flush.
        Pace::Alone => 4 << 20,
        // Two such pieces are all that the disk has still to write of it.
        Pace::Beside => 256 << 10,
    }
}

/// Whether a name is one of ours for temporary files.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(SUFFIX))
        .is_some_and(|digits| {
            digits.len() == DIGITS_LEN
                && digits
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
}

/// Removes what a crashed save left under `name`, unless its maker is alive.
pub(crate) fn remove_leftover(directory: &impl Directory, name: &Path) -> io::Result<()> {
    if !matches!(directory.kind(name)?, Some(Kind::File(_))) {
        return Ok(());
    }
    let lock = match directory.open_file(name, Access::Read) {
        Ok(file) => match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(()),
            Ok(()) | Err(TryLockError::Error(_)) => Some(file),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // Not ours to read, but the directory's owner may still remove it.
        Err(_) => None,
    };
    let done = directory.remove_file(name);
    drop(lock);
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Whether publishing may replace a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwrite {
    Yes,
    No,
}

/// Whether the new file takes over the old one's attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Attributes,
    Nothing,
}

/// Why nothing was published, or nobody knows.
#[derive(Debug)]
pub(crate) enum Unpublished {
    /// The target exists and may not be replaced.
    Taken,
    /// Everything else, in the caller's terms.
    Failed(PersistenceError),
}

impl From<PersistenceError> for Unpublished {
    fn from(error: PersistenceError) -> Self {
        Self::Failed(error)
    }
}

/// What a save keeps of the file that it replaces.
type AttributesOf<F> = <<F as FileSystem>::Directory as Directory>::Attributes;

/// What keeps the bytes of the file that a save replaces.
type HoldOf<F> = <<F as FileSystem>::Directory as Directory>::Hold;

/// A file on its way to become `target`. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Temporary<F: FileSystem> {
    file: F::File,
    directory: F::Directory,
    name: PathBuf,
    target: PathBuf,
    place: PathBuf,
    keep: Keep,
    attributes: Option<AttributesOf<F>>,
    failure: Option<PersistenceError>,
    published: bool,
    opener: Opener,
    len: u64,
    /// How much of it the disk has begun to write.
    on_its_way: u64,
    /// How much of that was waited for.
    arrived: u64,
}

impl<F: FileSystem> Temporary<F> {
    /// Makes the file beside its target.
    pub(crate) fn create(
        system: &F,
        directory: F::Directory,
        target: &Path,
        keep: Keep,
    ) -> Result<Self, PersistenceError> {
        let place = directory.path().join(target);
        let prepared = prepare(system, &directory, target, keep);
        match prepared {
            Ok((file, name, attributes)) => Ok(Self {
                file,
                name,
                target: target.to_owned(),
                place,
                keep,
                attributes,
                failure: None,
                published: false,
                opener: Opener::new(),
                len: 0,
                on_its_way: 0,
                arrived: 0,
                directory,
            }),
            Err(_) if directory.is_removed() => Err(removed(directory.path())),
            Err(error) => Err(failed("create a temporary file for", &place, error)),
        }
    }

    /// The target's path, for messages.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Adds bytes. After a failure nothing more is accepted: what is in the file is unknown.
    ///
    /// The disk begins to write what is complete while the rest is made, so that the flush has the last piece to wait for, and not the whole.
    pub(crate) fn write(&mut self, data: &[u8], pace: Pace) -> Result<(), PersistenceError> {
        self.alive()?;
        for piece in data.chunks(piece_len(pace)) {
            self.write_piece(piece, pace).map_err(|error| {
                let failure = failed("write the new", &self.place, error);
                self.failure = Some(failure.clone());
                failure
            })?;
        }
        Ok(())
    }

    fn write_piece(&mut self, piece: &[u8], pace: Pace) -> io::Result<()> {
        self.file.write_next(piece)?;
        self.len = self.len.saturating_add(piece.len() as u64);
        let begun = self.on_its_way;
        if self.len.saturating_sub(begun) < piece_len(pace) as u64 {
            return Ok(());
        }
        self.file.write_back(begun..self.len, WriteBack::Begin)?;
        self.on_its_way = self.len;
        if pace == Pace::Beside {
            self.file
                .write_back(self.arrived..begun, WriteBack::Finish)?;
            self.arrived = begun;
        }
        Ok(())
    }

    fn alive(&self) -> Result<(), PersistenceError> {
        self.opener.ensure_this_process(&self.place)?;
        self.failure
            .as_ref()
            .map_or(Ok(()), |cause| Err(poisoned(cause)))
    }

    /// Makes it the target, durably.
    pub(crate) fn publish(mut self, overwrite: Overwrite) -> Result<(), Unpublished> {
        self.alive()?;
        if overwrite == Overwrite::No {
            self.refuse_early()?;
        }
        self.take_attributes()?;
        self.file
            .flush_all()
            .map_err(|error| failed("flush the new", &self.place, error))?;
        let replaced = self.hold_replaced(overwrite)?;
        self.rename(overwrite)?;
        self.directory
            .flush()
            .map_err(|error| outcome_unknown(&self.place, error))?;
        drop(replaced);
        Ok(())
    }

    /// The old file stays whole until its successor is durable: until then a power cut brings it back.
    fn hold_replaced(&self, overwrite: Overwrite) -> Result<Option<HoldOf<F>>, PersistenceError> {
        if overwrite == Overwrite::No {
            return Ok(None);
        }
        self.directory
            .hold(&self.target)
            .map_err(|error| failed("open what is replaced at", &self.place, error))
    }

    /// The target's attributes as they are now; those that it had, where it has gone since.
    fn take_attributes(&mut self) -> Result<(), PersistenceError> {
        if self.keep == Keep::Nothing {
            return Ok(());
        }
        let now = match self.attributes.take() {
            Some(before) => self.directory.renewed(&self.target, before).map(Some),
            None => self.directory.attributes(&self.target),
        };
        now.and_then(|now| now.map_or(Ok(()), |kept| F::Directory::apply(&kept, &self.file)))
            .map_err(|error| failed("keep the permissions and attributes of", &self.place, error))
    }

    /// Spares a flush where the answer is known; the rename decides.
    fn refuse_early(&self) -> Result<(), Unpublished> {
        match self.directory.kind(&self.target) {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(Unpublished::Taken),
            Err(error) => Err(failed("look at", &self.place, error).into()),
        }
    }

    fn rename(&mut self, overwrite: Overwrite) -> Result<(), Unpublished> {
        self.file.unlock_for_rename();
        let renamed = match overwrite {
            Overwrite::Yes => self.directory.rename(&self.name, &self.target),
            Overwrite::No => self.directory.rename_new(&self.name, &self.target),
        };
        match renamed {
            Ok(()) => {
                self.published = true;
                Ok(())
            }
            Err(error) if !F::rename_is_undone(&error) => {
                Err(outcome_unknown(&self.place, error).into())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Unpublished::Taken),
            Err(_) if self.directory.is_removed() => Err(removed(self.directory.path()).into()),
            Err(error) => Err(failed("replace", &self.place, error).into()),
        }
    }
}

impl<F: FileSystem> Drop for Temporary<F> {
    fn drop(&mut self) {
        // In a fork it is still the parent's.
        if !self.published && self.opener.is_this_process() {
            // What cannot be removed now is removed at the next open.
            let _ = self.directory.remove_file(&self.name);
        }
    }
}

type Prepared<F> = (<F as FileSystem>::File, PathBuf, Option<AttributesOf<F>>);

fn prepare<F: FileSystem>(
    system: &F,
    directory: &F::Directory,
    target: &Path,
    keep: Keep,
) -> io::Result<Prepared<F>> {
    let attributes = match keep {
        Keep::Attributes => directory.attributes(target)?,
        Keep::Nothing => None,
    };
    let visibility = if attributes.is_some() {
        Visibility::Private
    } else {
        Visibility::Default
    };
    let (file, name) = create_locked(system, directory, visibility)?;
    Ok((file, name, attributes))
}

fn create_locked<F: FileSystem>(
    system: &F,
    directory: &F::Directory,
    visibility: Visibility,
) -> io::Result<(F::File, PathBuf)> {
    for _ in 0..ATTEMPTS_MAX {
        let name = PathBuf::from(format!("{PREFIX}{:016x}{SUFFIX}", system.random()));
        match directory.create_file(&name, visibility) {
            Ok(file) => {
                // Someone who cleans up may have come between the creation and the lock.
                let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
                if !taken && !file.is_unlinked()? {
                    return Ok((file, name));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("no temporary name is free"))
}
