//! What every handle of one opened directory shares, and the operations on it.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use steadfast_core::{Entry, Key, PersistenceError, Prefix, Result, Survives};

use super::claim::Claim;
use super::folders::Folders;
use super::last_read::LastRead;
use super::lock::Lock;
use super::pace::Appends;
use super::stream::Stream;
use super::streams::Streams;
use super::walk::{Unreadable, walk};
use crate::error::{failed, is_absence, outcome_unknown, removed};
use crate::simulation::{self, Directory, File, FileSystem, Kind, Visibility};
use crate::temporary::{Keep, Leftover, NameTurn, Temporary};

/// What a handle may do.
#[derive(Debug)]
pub(super) enum Access<F: FileSystem> {
    Read,
    /// Holds the lock, which ends when this is dropped.
    Write(Lock<F>),
}

/// One opened directory. The lock is the last field: it ends after every handle is closed.
#[derive(Debug)]
pub(super) struct Shared<F: FileSystem> {
    pub(super) survives: Survives,
    pub(super) file_system: String,
    /// Whether what is written here may be seen by other mounts only after a flush.
    pub(super) caches_apart: bool,
    pub(super) streams: Streams<F>,
    pub(super) last_read: LastRead<F>,
    pub(super) appends: Appends,
    pub(super) folders: Folders,
    pub(super) name_turn: NameTurn,
    pub(super) system: F,
    pub(super) root: Arc<F::Directory>,
    pub(super) access: Access<F>,
}

/// The folder of a key, empty for the root, and the name in it.
pub(super) fn split(key: &Key) -> (&str, &str) {
    key.as_str().rsplit_once('/').unwrap_or(("", key.as_str()))
}

impl<F: FileSystem> Shared<F> {
    fn place(&self, key: &Key) -> PathBuf {
        self.root.path().join(key.as_str())
    }

    /// The claim of a handle that may write. Fails for a handle that was opened for reading, and in
    /// a fork.
    fn writable(&self, action: &'static str, key: &Key) -> Result<&Claim<F>> {
        let claim = self.claim(action, key)?;
        claim.ensure_ours().map(|()| claim)
    }

    fn claim(&self, action: &'static str, key: &Key) -> Result<&Claim<F>> {
        match &self.access {
            Access::Write(lock) => Ok(lock.claim()),
            Access::Read => Err(PersistenceError::PermissionDenied {
                action,
                place: self.place(key).display().to_string(),
                source: Arc::new(io::Error::new(
                    io::ErrorKind::ReadOnlyFilesystem,
                    "the store was opened for reading only",
                )),
            }),
        }
    }

    /// Fails if another writer has taken over the store: called before a save is published.
    pub(super) fn ensure_held(&self, key: &Key) -> Result<()> {
        self.writable("write", key)?.ensure_held()
    }

    /// Fails if another writer has taken over the store: called after a save was published. That
    /// writer may or may not have found what was published.
    pub(super) fn ensure_held_after(&self, key: &Key) -> Result<()> {
        self.writable("write", key)?
            .ensure_held_after(|| self.place(key))
    }

    /// Fails if the key's folder is not the one that a save of it began in: the save was published
    /// in a folder that was moved away.
    pub(super) fn ensure_in_place(
        &self,
        key: &Key,
        folder: &<F::Directory as Directory>::Identity,
    ) -> Result<()> {
        let name = Path::new(split(key).0);
        match self
            .root
            .open_directory(name)
            .and_then(|now| now.identity())
        {
            Ok(now) if now == *folder => Ok(()),
            Ok(_) => Err(removed(&self.root.path().join(name))),
            Err(error) if is_absence(&error) => Err(removed(&self.root.path().join(name))),
            Err(error) => Err(outcome_unknown(&self.place(key), error)),
        }
    }

    /// Absence is an answer only while the store's directory is there.
    fn absent<T>(&self, answer: T) -> Result<T> {
        if self.root.is_removed() {
            Err(removed(self.root.path()))
        } else {
            Ok(answer)
        }
    }

    /// Opens the regular file of a key; `None` where there is none.
    fn open_file(
        &self,
        key: &Key,
        access: simulation::Access,
    ) -> io::Result<Option<(F::File, u64)>> {
        let name = Path::new(key.as_str());
        match self.root.open_file(name, access) {
            Ok(file) => regular(file),
            Err(error) if is_absence(&error) => Ok(None),
            Err(_) if is_directory(&*self.root, key.as_str()) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        let opened = match self.last_read.take(&self.root, key) {
            Some(file) => regular(file),
            None => self.open_file(key, simulation::Access::Read),
        };
        let read = match opened {
            Ok(None) => return self.absent(None),
            Ok(Some((file, len))) => {
                let end = self.streams.end_of(key).map_or(len, |end| end.min(len));
                let read = read_range(&file, range.start..range.end.min(end));
                if read.is_ok() && range.end < end {
                    let len = range.end.saturating_sub(range.start);
                    self.last_read.keep(key, file, len);
                }
                read
            }
            Err(error) => Err(error),
        };
        read.map(Some)
            .map_err(|error| failed("read", &self.place(key), error))
    }

    pub(super) fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let start = prefix.as_folder().map_or("", Key::as_str);
        walk(&*self.root, start, Unreadable::Fails, |mut folder| {
            entries.append(&mut folder.entries);
            Ok(())
        })?;
        for entry in &mut entries {
            if let Some(end) = self.streams.end_of(&entry.key) {
                entry.len = entry.len.min(end);
            }
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    pub(super) fn write(&self, key: &Key, data: &[u8]) -> Result<()> {
        let claim = self.writable("write", key)?;
        let stream = self
            .streams
            .find_or_open(key, || self.open_stream(key, true))?;
        match stream {
            Some(stream) => {
                ensure_is_this_handles(&stream, claim)?;
                stream.replace(data)?;
            }
            None => self.absent(())?,
        }
        claim.ensure_held_after(|| self.place(key))
    }

    pub(super) fn append(&self, key: &Key, position: u64, data: &[u8]) -> Result<()> {
        let claim = self.writable("append to", key)?;
        self.appends.count();
        let stream = self
            .streams
            .find_or_open(key, || self.open_stream(key, position == 0))?;
        match stream {
            // Checked here and not at the flush: there may be no flush, and whoever opens the store
            // sees what was written.
            Some(stream) => {
                ensure_is_this_handles(&stream, claim)?;
                stream.append(key, position, data)?;
                claim.ensure_held_after(|| self.place(key))
            }
            None => {
                self.absent(())?;
                Err(PersistenceError::Conflict {
                    key: key.clone(),
                    position,
                    end: 0,
                })
            }
        }
    }

    pub(super) fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        let claim = self.writable("reserve room in", key)?;
        if !writes_in_place(&self.file_system) {
            return Ok(());
        }
        let stream = self
            .streams
            .find_or_open(key, || self.open_stream(key, false))?;
        match stream {
            Some(stream) => {
                ensure_is_this_handles(&stream, claim)?;
                stream.reserve(until)
            }
            None => self.absent(()),
        }
    }

    pub(super) fn sync(&self, key: &Key) -> Result<()> {
        let claim = self.claim("flush", key)?;
        let stream = self
            .streams
            .find_or_open(key, || self.open_stream(key, false))?;
        let synced = match stream {
            // If there is nothing to flush, a fork may be told so.
            Some(stream) => stream.sync(|| claim.ensure_ours()),
            None => self.absent(()),
        };
        match synced {
            // A successor may have merged the stream away.
            Err(removed @ PersistenceError::Removed { .. }) => {
                claim.ensure_held_after(|| self.place(key))?;
                Err(removed)
            }
            // On such a file system other mounts may see what was written only with this flush.
            Ok(()) if self.caches_apart => claim.ensure_held_after(|| self.place(key)),
            synced => synced,
        }
    }

    /// Opens a stream for writing, and makes it where it is missing and wanted.
    fn open_stream(&self, key: &Key, create: bool) -> Result<Option<Stream<F>>> {
        let place = self.place(key);
        let fault = |error| failed("open", &place, error);
        if let Some((file, len)) = self
            .open_file(key, simulation::Access::Write)
            .map_err(fault)?
        {
            return Stream::found(file, &self.root, key, len).map(Some);
        }
        if !create {
            return Ok(None);
        }
        let (folder, name) = split(key);
        let directory = self.folders.ensure(&*self.root, folder)?;
        let _shared = self
            .name_turn
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        match directory.create_file(Path::new(name), Visibility::Default) {
            Ok(file) => Stream::created(file, &self.root, key, directory).map(Some),
            // The name belongs to a folder, or to a stream that was made meanwhile.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(PersistenceError::Conflict {
                    key: key.clone(),
                    position: 0,
                    end: 0,
                })
            }
            Err(_) if directory.is_removed() => Err(removed(directory.path())),
            Err(error) => Err(failed("create", &place, error)),
        }
    }

    /// Begins a save. Returns the folder that it is in too, unless that is the root.
    #[expect(
        clippy::type_complexity,
        reason = "the long type is that of a directory's identity"
    )]
    pub(super) fn stage(
        &self,
        key: &Key,
    ) -> Result<(Temporary<F>, Option<<F::Directory as Directory>::Identity>)> {
        self.writable("write", key)?;
        let (folder, name) = split(key);
        let directory = self.folders.ensure(&*self.root, folder)?;
        let identity = if folder.is_empty() {
            None
        } else {
            let identity = directory.identity();
            Some(identity.map_err(|error| failed("look at", directory.path(), error))?)
        };
        let temporary = Temporary::create(
            &self.system,
            directory,
            Path::new(name),
            Keep::Attributes,
            Leftover::AtOpen,
        )?;
        Ok((temporary, identity))
    }

    pub(super) fn delete(&self, key: &Key) -> Result<()> {
        let claim = self.writable("delete", key)?;
        // A successor may have saved the key again.
        claim.ensure_held()?;
        let (folder, name) = split(key);
        let directory = match self.root.open_directory(Path::new(folder)) {
            Ok(directory) => directory,
            Err(error) if is_absence(&error) => return self.absent(()),
            Err(error) => return Err(failed("delete", &self.place(key), error)),
        };
        // Until the directory is flushed, a power loss brings the name back, and its bytes have to
        // be there still.
        let held = directory
            .hold(Path::new(name))
            .map_err(|error| failed("delete", &self.place(key), error))?;
        match directory.remove_file(Path::new(name)) {
            Ok(()) => {}
            Err(error) if is_absence(&error) => self.absent(())?,
            // A folder of other keys is not a stream.
            Err(_) if is_directory(&directory, name) => return Ok(()),
            Err(error) => return Err(failed("delete", &self.place(key), error)),
        }
        self.streams.forget(key);
        self.last_read.forget(key);
        // Flushed even if the name was gone already: an earlier call may have failed between the
        // two steps.
        directory
            .flush()
            .map_err(|error| outcome_unknown(&self.place(key), error))?;
        drop(held);
        claim.ensure_held_after(|| self.place(key))
    }
}

/// Fails if the stream was there before this handle and another writer has taken over the store
/// since. That writer may append to the stream at the very position where this one is about to.
///
/// One check is enough. A claim that holds here held when the end of the stream was read, so no
/// writer has acknowledged anything behind that end.
fn ensure_is_this_handles<F: FileSystem>(stream: &Stream<F>, claim: &Claim<F>) -> Result<()> {
    if stream.is_inherited() {
        claim.ensure_held()?;
    }
    Ok(())
}

/// Whether overwritten bytes go to the blocks that were there. Elsewhere, zeros written ahead only
/// double the work. A file system that nobody has measured is assumed not to.
fn writes_in_place(file_system: &str) -> bool {
    matches!(file_system, "ext4" | "xfs")
}

fn is_directory(directory: &impl Directory, name: &str) -> bool {
    matches!(directory.kind(Path::new(name)), Ok(Some(Kind::Directory)))
}

/// A file and its length. A directory is not a stream. For a pipe or a device no answer would be
/// right.
fn regular<A: File>(file: A) -> io::Result<Option<(A, u64)>> {
    match file.kind()? {
        Kind::File(len) => Ok(Some((file, len))),
        Kind::Directory => Ok(None),
        Kind::Link | Kind::Other => Err(io::Error::other("it is not a regular file")),
    }
}

/// Reads what is there of a range that lies inside the file's length.
fn read_range(file: &impl File, range: Range<u64>) -> io::Result<Bytes> {
    let wanted = usize::try_from(range.end.saturating_sub(range.start))
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(wanted)
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut position = range.start;
    while bytes.len() < wanted {
        let rest = wanted.saturating_sub(bytes.len());
        let read = match file.read_more(&mut bytes, rest, position) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // The file was cut while it was read: what is gone is not there.
            Ok(0) => break,
            done => done?,
        };
        position = position.saturating_add(u64::try_from(read).unwrap_or(0));
    }
    Ok(Bytes::from(bytes))
}
