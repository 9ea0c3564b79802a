//! A new file under a temporary name, and the step that publishes it.
//!
//! ```text
//! create  .steadfast.<16 hex digits>.tmp   in the target's own directory, exclusively, locked
//! write   as often as needed               nobody sees it: the name is not the target's
//! publish set the old file's attributes → flush the file → hold the old file
//!         → rename over the target → flush the directory → let the old file go
//! ```
//! Why this is atomic and durable:
//!
//! * The rename replaces one directory entry by another. So at every instant the target is the old
//!   file or the new one.
//! * The flush before it makes sure that the new file is whole wherever the new entry is.
//! * The flush after it makes the entry itself durable.
//! * Neither flush is ever repeated. After an error of the first one the old file stays; after an
//!   error of the second one the outcome is unknown.
//! * A power loss between the rename and the second flush brings the old entry back. So the old
//!   file is held open until then, and its blocks are given to no other file (ext4 with
//!   `data=writeback` reuses them at once).
//!
//! How the temporary file is made:
//!
//! * The name is created exclusively, so two savers never share a file. It is random in a store,
//!   and follows from the target's name elsewhere (`leftovers`). `O_TMPFILE` would need no name,
//!   but a linked file cannot replace another one, and btrfs needs a second flush
//!   (atomic-write-file#6).
//! * The file stays locked for as long as its maker lives. So a cleanup can tell a leftover of a
//!   crash from a save in progress, in this process or another.
//! * Where it replaces a file, it is private (0600) until it has that file's mode. Where it
//!   replaces nothing, the system gives it the mode of any new file: only the system knows the
//!   creation mask and the directory's default access list.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use steadfast_core::PersistenceError;

use crate::error::{failed, outcome_unknown, poisoned, removed};
use crate::leftovers::{names_of, remove_if_left, remove_left_beside, temporary_name};
use crate::opener::Opener;
use crate::simulation::{Directory, File, FileSystem, Visibility, WriteBack};

/// Attempts at a free random name. More than one is needed only in a hostile directory or with a
/// broken source of randomness.
const ATTEMPTS_MAX: usize = 16;

/// With whom a save shares the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// With nobody that we know of.
    Alone,
    /// With commits, which flush.
    Beside,
}

/// How much of a new file is written to the disk in one go.
const fn piece_len(pace: Pace) -> usize {
    match pace {
        // Long enough to cost nothing: a save of a few megabytes is left to its flush.
        Pace::Alone => 4 << 20,
        // The disk has at most two such pieces of it still to write.
        Pace::Beside => 256 << 10,
    }
}

/// Whether publishing may replace a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwrite {
    Yes,
    No,
}

/// Lock for the names of a store, between its own threads; the store's lock keeps all other
/// processes out. A thread that creates a name in one step takes it shared. A thread that looks
/// first and then creates takes it exclusively.
pub(crate) type NameTurn = RwLock<()>;

/// Who removes the temporary file if this process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leftover {
    /// The next open of the store.
    AtOpen,
    /// The next save of the same target.
    AtNextSave,
}

/// Whether the new file takes over the old one's attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Attributes,
    Nothing,
}

/// Why nothing was published, or why the outcome is unknown.
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
    /// How many bytes the disk has begun to write.
    on_its_way: u64,
    /// How many of those were waited for.
    arrived: u64,
}

impl<F: FileSystem> Temporary<F> {
    /// Creates the file beside its target.
    pub(crate) fn create(
        system: &F,
        directory: F::Directory,
        target: &Path,
        keep: Keep,
        leftover: Leftover,
    ) -> Result<Self, PersistenceError> {
        let place = directory.path().join(target);
        let prepared = prepare(system, &directory, target, keep, leftover);
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
    /// The disk begins to write complete pieces while the rest is made. So the flush has to wait
    /// for the last piece only.
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
    ///
    /// Without a `turn`, anybody may create the target meanwhile.
    pub(crate) fn publish(
        mut self,
        overwrite: Overwrite,
        turn: Option<&NameTurn>,
    ) -> Result<(), Unpublished> {
        self.alive()?;
        if overwrite != Overwrite::Yes {
            self.refuse_early()?;
        }
        self.take_attributes()?;
        self.file
            .flush_all()
            .map_err(|error| failed("flush the new", &self.place, error))?;
        let replaced = self.hold_replaced(overwrite)?;
        self.rename(overwrite, turn)?;
        self.directory
            .flush()
            .map_err(|error| outcome_unknown(&self.place, error))?;
        drop(replaced);
        Ok(())
    }

    /// Keeps the old file whole until its successor is durable: until then a power loss brings the
    /// old file back.
    fn hold_replaced(&self, overwrite: Overwrite) -> Result<Option<HoldOf<F>>, PersistenceError> {
        if overwrite != Overwrite::Yes {
            return Ok(None);
        }
        self.directory
            .hold(&self.target)
            .map_err(|error| failed("open what is replaced at", &self.place, error))
    }

    /// Takes over the target's attributes as they are now. Where the target is gone: those that it
    /// had.
    fn take_attributes(&mut self) -> Result<(), PersistenceError> {
        let now = match self.attributes.take() {
            Some(before) => self.directory.renewed(&self.target, before).map(Some),
            None => self.directory.attributes(&self.target),
        };
        now.map(|now| now.filter(|_| self.keep == Keep::Attributes))
            .and_then(|now| now.map_or(Ok(()), |kept| F::Directory::apply(&kept, &self.file)))
            .map_err(|error| failed("keep the permissions and attributes of", &self.place, error))
    }

    /// Saves a flush where the answer is known already. The rename decides.
    fn refuse_early(&self) -> Result<(), Unpublished> {
        match self.directory.kind(&self.target) {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(Unpublished::Taken),
            Err(error) => Err(failed("look at", &self.place, error).into()),
        }
    }

    fn rename(&mut self, overwrite: Overwrite, turn: Option<&NameTurn>) -> Result<(), Unpublished> {
        self.file.unlock_for_rename();
        let shared = turn.map(|turn| turn.read().unwrap_or_else(PoisonError::into_inner));
        let renamed = match overwrite {
            Overwrite::Yes => self.directory.rename(&self.name, &self.target),
            Overwrite::No => match self.directory.rename_new(&self.name, &self.target) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                    drop(shared);
                    self.rename_in_two_steps(turn)
                }
                done => done,
            },
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

    /// For systems with neither a rename that never replaces nor hard links (shared folders of
    /// virtual machines, FAT through FUSE).
    ///
    /// Under a store's lock nobody creates the name between the look and the rename. Without that
    /// lock the name is first taken with an empty file, which is then replaced. A crash in between
    /// leaves the empty file.
    fn rename_in_two_steps(&self, turn: Option<&NameTurn>) -> io::Result<()> {
        let (directory, target) = (&self.directory, &self.target);
        if let Some(turn) = turn {
            let _alone = turn.write().unwrap_or_else(PoisonError::into_inner);
            return match directory.kind(target)? {
                Some(_) => Err(io::ErrorKind::AlreadyExists.into()),
                None => directory.rename(&self.name, target),
            };
        }
        let empty = directory.create_file(target, Visibility::Private)?;
        let renamed = directory.rename(&self.name, target);
        if let Err(error) = &renamed
            && F::rename_is_undone(error)
            && matches!(directory.leads_to(target, &empty), Ok(true))
        {
            let _ = directory.remove_file(target);
        }
        renamed
    }
}

impl<F: FileSystem> Drop for Temporary<F> {
    fn drop(&mut self) {
        // In a fork the file is still the parent's.
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
    leftover: Leftover,
) -> io::Result<Prepared<F>> {
    directory.ensure_names_change()?;
    // Read even where they are not kept: they tell whether the file may be replaced.
    let attributes = directory
        .attributes(target)?
        .filter(|_| keep == Keep::Attributes);
    let visibility = if attributes.is_some() {
        Visibility::Private
    } else {
        Visibility::Default
    };
    let (file, name) = match leftover {
        Leftover::AtOpen => None,
        Leftover::AtNextSave => create_under_known_name::<F>(directory, target, visibility)?,
    }
    .map_or_else(
        || create_under_random_name(system, directory, visibility),
        Ok,
    )?;
    Ok((file, name, attributes))
}

/// Creates the file under one of the target's own names; `None` where all of them are in use.
/// Removes what killed saves left under these names.
fn create_under_known_name<F: FileSystem>(
    directory: &F::Directory,
    target: &Path,
    visibility: Visibility,
) -> io::Result<Option<(F::File, PathBuf)>> {
    for name in names_of(target) {
        let mut file = create_locked::<F>(directory, &name, visibility)?;
        if file.is_none() && remove_if_left(directory, target, &name) {
            file = create_locked::<F>(directory, &name, visibility)?;
        }
        if let Some(file) = file {
            remove_left_beside::<F>(directory, target, &name);
            return Ok(Some((file, name)));
        }
    }
    Ok(None)
}

fn create_under_random_name<F: FileSystem>(
    system: &F,
    directory: &F::Directory,
    visibility: Visibility,
) -> io::Result<(F::File, PathBuf)> {
    for _ in 0..ATTEMPTS_MAX {
        let name = temporary_name(system.random());
        if let Some(file) = create_locked::<F>(directory, &name, visibility)? {
            return Ok((file, name));
        }
    }
    Err(io::Error::other("no temporary name is free"))
}

/// Creates a file of this name with its lock; `None` where the name is taken.
fn create_locked<F: FileSystem>(
    directory: &F::Directory,
    name: &Path,
    visibility: Visibility,
) -> io::Result<Option<F::File>> {
    match directory.create_file(name, visibility) {
        Ok(file) => {
            // A cleanup may have come between the creation and the lock. Where that cannot be told
            // here, the rename fails.
            let is_taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            Ok((!is_taken && !file.is_unlinked().unwrap_or(false)).then_some(file))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}
