//! The simulated disk as the file system below `FileBackend`.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use steadfast_core::PersistenceError;
use steadfast_file::FileBackend;
use steadfast_file::simulation::{Access, Directory, File, FileSystem, Kind, Medium, Visibility};
use steadfast_testkit::posix::{self, Disk};

use crate::PLACE;

/// Opens the backend on a simulated disk.
pub(crate) fn open(disk: &Disk) -> Result<FileBackend<Simulated>, PersistenceError> {
    FileBackend::open_on(Simulated(disk.clone()), PLACE)
}

thread_local! {
    /// Called once, in the middle of this thread's next durable write: its bytes can be read, but
    /// are not durable yet.
    pub(crate) static BETWEEN: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
    /// Whether this thread's next check of an open file's name fails.
    pub(crate) static FAIL_LOOK: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread's next read by position fails.
    pub(crate) static FAIL_READ: Cell<bool> = const { Cell::new(false) };
    /// Called once, before this thread's next write.
    pub(crate) static BEFORE_WRITE: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
    /// Called once, after this thread's next flush is done and before it returns.
    pub(crate) static AFTER_FLUSH: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// The number of the call before which the function runs, once.
type Interruption = (u64, Box<dyn FnOnce()>);

thread_local! {
    /// Run between two calls of this thread.
    pub(crate) static AT_CALL: Cell<Option<Interruption>> = const { Cell::new(None) };
}

/// Every simulated call begins with this.
fn called() {
    match AT_CALL.take() {
        Some((1, then)) => then(),
        later => AT_CALL.set(later.map(|(calls, then)| (calls - 1, then))),
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Simulated(pub(crate) Disk);

#[derive(Debug)]
pub(crate) struct Folder {
    directory: posix::Directory,
    path: PathBuf,
}

#[derive(Debug)]
pub(crate) struct Handle {
    file: posix::File,
    cursor: u64,
}

fn text(path: &Path) -> io::Result<&str> {
    path.to_str()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))
}

fn handle(file: posix::File) -> Handle {
    Handle { file, cursor: 0 }
}

fn kind(kind: posix::Kind) -> Kind {
    match kind {
        posix::Kind::File(len) => Kind::File(len),
        posix::Kind::Directory => Kind::Directory,
    }
}

impl FileSystem for Simulated {
    type Directory = Folder;
    type File = Handle;

    fn open_directory(&self, path: &Path) -> io::Result<Folder> {
        Ok(Folder {
            directory: self.0.root().open_directory(text(path)?)?,
            path: path.to_owned(),
        })
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let parent = self.open_directory(path.parent().unwrap_or(Path::new("")))?;
        parent.create_directory(Path::new(path.file_name().unwrap_or_default()))
    }

    fn is_there(&self, path: &Path) -> io::Result<bool> {
        Ok(self.0.root().kind(text(path)?)?.is_some())
    }

    fn read_link(&self, _: &Path) -> io::Result<Option<PathBuf>> {
        Ok(None)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(Path::new("/").join(path))
    }

    fn random(&self) -> u64 {
        self.0.unique()
    }

    fn rename_is_undone(error: &io::Error) -> bool {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists
        )
    }
}

impl Directory for Folder {
    type File = Handle;
    type Identity = u64;
    type Attributes = ();
    // The file's handle holds the inode.
    type Hold = posix::File;

    fn open_directory(&self, below: &Path) -> io::Result<Self> {
        called();
        Ok(Self {
            directory: self.directory.open_directory(text(below)?)?,
            path: self.path.join(below),
        })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn create_directory(&self, name: &Path) -> io::Result<()> {
        called();
        self.directory.create_directory(text(name)?)
    }

    fn create_file(&self, name: &Path, _: Visibility) -> io::Result<Handle> {
        called();
        self.directory.create_file(text(name)?).map(handle)
    }

    fn open_or_create_lock(&self, name: &Path) -> io::Result<Handle> {
        called();
        match self.directory.create_file(text(name)?) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.open_file(name, Access::Write)
            }
            created => created.map(handle),
        }
    }

    fn open_file(&self, name: &Path, _: Access) -> io::Result<Handle> {
        called();
        self.directory.open_file(text(name)?).map(handle)
    }

    fn kind(&self, name: &Path) -> io::Result<Option<Kind>> {
        called();
        Ok(self.directory.kind(text(name)?)?.map(kind))
    }

    fn is_name_of(&self, name: &Path, file: &Handle, number: u64) -> io::Result<bool> {
        called();
        match self.directory.open_file(text(name)?) {
            Ok(found) => Ok(found.number() == number && !file.file.is_unlinked()?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn names(&self) -> io::Result<Vec<OsString>> {
        called();
        let names = self.directory.names()?;
        Ok(names.into_iter().map(OsString::from).collect())
    }

    fn hold(&self, name: &Path) -> io::Result<Option<posix::File>> {
        called();
        match self.directory.open_file(text(name)?) {
            Ok(held) => Ok(Some(held)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::IsADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn remove_file(&self, name: &Path) -> io::Result<()> {
        called();
        self.directory.unlink(text(name)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        called();
        self.directory.rename(text(from)?, text(to)?)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        called();
        self.directory.rename_new(text(from)?, text(to)?)
    }

    fn flush(&self) -> io::Result<()> {
        called();
        self.directory.flush()
    }

    /// Does not try it, like a real file system: that would be a flush that nobody asked for.
    fn can_flush(&self) -> bool {
        true
    }

    fn is_removed(&self) -> bool {
        called();
        self.directory.is_unlinked().unwrap_or(false)
    }

    fn identity(&self) -> io::Result<u64> {
        called();
        Ok(self.directory.number())
    }

    fn shares_file_system(&self, _: &Self) -> io::Result<bool> {
        Ok(true)
    }

    fn describe(&self) -> Medium {
        Medium {
            // A file system that writes in place, so that blocks are written ahead of a log.
            name: "ext4".to_owned(),
            outlives_power: true,
        }
    }

    fn attributes(&self, _: &Path) -> io::Result<Option<()>> {
        Ok(None)
    }

    fn apply((): &(), _: &Handle) -> io::Result<()> {
        Ok(())
    }
}

impl File for Handle {
    fn kind(&self) -> io::Result<Kind> {
        called();
        self.file.len().map(Kind::File)
    }

    fn number(&self) -> io::Result<u64> {
        Ok(self.file.number())
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        called();
        if FAIL_READ.take() {
            return Err(io::Error::other("a sector that cannot be read"));
        }
        self.file.read_at(position, buffer)
    }

    fn write_all_at(&self, data: &[u8], position: u64) -> io::Result<()> {
        called();
        if let Some(before) = BEFORE_WRITE.take() {
            before();
        }
        self.file.write_at(position, data)
    }

    fn open_direct(&self) -> Option<(Self, usize)> {
        Some((handle(self.file.open_again()), 512))
    }

    fn write_durably_at(&self, data: &[u8], position: u64) -> io::Result<()> {
        called();
        if let Some(between) = BETWEEN.take() {
            self.file.write_at(position, data)?;
            between();
        }
        self.file.write_durably_at(position, data)
    }

    fn write_next(&mut self, data: &[u8]) -> io::Result<()> {
        called();
        self.file.write_at(self.cursor, data)?;
        self.cursor += data.len() as u64;
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        called();
        self.file.truncate(len)
    }

    fn flush_data(&self) -> io::Result<()> {
        called();
        self.file.flush()?;
        if let Some(after) = AFTER_FLUSH.take() {
            after();
        }
        Ok(())
    }

    fn flush_all(&self) -> io::Result<()> {
        called();
        self.file.flush()
    }

    fn try_lock(&self) -> Result<(), TryLockError> {
        called();
        match self.file.try_lock() {
            Ok(true) => Ok(()),
            Ok(false) => Err(TryLockError::WouldBlock),
            Err(error) => Err(TryLockError::Error(error)),
        }
    }

    fn unlock(&self) -> io::Result<()> {
        called();
        self.file.unlock();
        Ok(())
    }

    fn unlock_for_rename(&self) {}

    fn is_unlinked(&self) -> io::Result<bool> {
        called();
        if FAIL_LOOK.take() {
            return Err(io::Error::other("a look that fails"));
        }
        self.file.is_unlinked()
    }
}
