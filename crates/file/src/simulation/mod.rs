//! The system calls that [`FileBackend`](crate::FileBackend) and [`AtomicFile`](crate::AtomicFile)
//! make, as three traits.
//!
//! ```text
//! FileBackend<F> ─┬► F: FileSystem ──► Native         this machine's file system: the default
//! AtomicFile<F>  ─┘                └─► a simulation   for example the disk of `steadfast-testkit`
//! ```
//! [`Native`] is what programs use. The disk of `steadfast-testkit` can lose power at any step. So
//! the tests run this crate's own code, not a model of it, into every crash.
//!
//! The implementation is chosen when the program is compiled, so that there is no indirection
//! between the backend and the system. The traits follow the needs of the backend alone: they may
//! change in any version.
//!
//! An implementation keeps the promises listed in `platform`. Names are resolved below open
//! directories. A flush makes durable what it is called on, and need not make anything else
//! durable. A rename replaces the target in one step.

mod native;

use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::TryLockError;
use std::hash::Hash;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use self::native::{Native, NativeAttributes, NativeDirectory, NativeHold};
use crate::platform;
pub use crate::platform::{Access, FileSystem as Medium, Kind, Visibility, WriteBack};

/// Where directories are, by path. Everything else goes through an open [`Directory`].
pub trait FileSystem: Clone + Debug + Send + Sync + 'static {
    /// An open directory.
    type Directory: Directory<File = Self::File>;

    /// An open file.
    type File: File;

    /// Opens a directory; the empty path is the current one.
    ///
    /// # Errors
    /// Of the system; `NotFound` and `NotADirectory` are told apart.
    fn open_directory(&self, path: &Path) -> io::Result<Self::Directory>;

    /// Makes a directory.
    ///
    /// # Errors
    /// Of the system; `AlreadyExists` where the name is taken.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// Whether anything has that name, even a link that leads to nothing.
    ///
    /// # Errors
    /// Of the system, but for `NotFound`.
    fn is_there(&self, path: &Path) -> io::Result<bool>;

    /// What the symbolic link of that name leads to, relative to where the link is. `None` where it
    /// is no link, or where there is nothing.
    ///
    /// # Errors Of the system, but for `NotFound`; also for a link that the system does not follow.
    fn read_link(&self, path: &Path) -> io::Result<Option<PathBuf>>;

    /// Whether the system, following the links at the end of `path`, gets to what `target` is
    /// itself. Where `target` is nothing: whether it gets to nothing.
    ///
    /// # Errors What the system answers when it follows the links.
    fn leads_to(&self, _path: &Path, _target: &Path) -> io::Result<bool> {
        Ok(true)
    }

    /// The absolute path without links.
    ///
    /// # Errors
    /// Of the system.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;

    /// A number that no other call returns, but with negligible probability.
    fn random(&self) -> u64;

    /// Whether a file that this program has open can be replaced.
    const REPLACES_OPEN: bool = true;

    /// Whether a rename that failed like this certainly changed nothing.
    fn rename_is_undone(error: &io::Error) -> bool;

    /// Whether this error of a durable write says that the call cannot be used here, and not that
    /// the disk failed: the system has no such call, or not for this file, or not in these units.
    fn cannot_write_directly(_error: &io::Error) -> bool {
        false
    }
}

/// An open directory. Names are resolved below it, even if its path leads elsewhere by now. A
/// symbolic link under a name is never followed: for a call that has to, it is an error, and
/// neither of the kind `NotFound` nor `NotADirectory`.
///
/// # Errors
/// Every call gives those of the system.
#[expect(
    clippy::missing_errors_doc,
    reason = "they are the system's, for all of them"
)]
pub trait Directory: Debug + Send + Sync + Sized + 'static {
    /// An open file in it.
    type File: File;

    /// Two directories with the same identity are one.
    type Identity: Debug + Eq + Hash + Send + Sync + 'static;

    /// What a save keeps of the file that it replaces, besides its bytes.
    type Attributes: Debug + Send + Sync + 'static;

    /// A claim on a file's bytes, which ends when it is dropped.
    type Hold: Debug + Send + 'static;

    /// Opens a directory below; the empty path opens this one once more.
    fn open_directory(&self, below: &Path) -> io::Result<Self>;

    /// The same directory, in and below which new files belong to its owner, even if root makes
    /// them.
    fn for_its_owner(self) -> io::Result<Self> {
        Ok(self)
    }

    /// Its path when it was opened: for messages.
    fn path(&self) -> &Path;

    /// Makes a directory of this name.
    fn create_directory(&self, name: &Path) -> io::Result<()>;

    /// Makes a file of this name, for reading and writing; fails where the name is taken.
    fn create_file(&self, name: &Path, visibility: Visibility) -> io::Result<Self::File>;

    /// Opens the file of this name for reading and writing, and makes it where there is none. Only
    /// those who may write the directory can open it.
    fn open_or_create_lock(&self, name: &Path) -> io::Result<Self::File>;

    /// Opens an existing file.
    fn open_file(&self, name: &Path, access: Access) -> io::Result<Self::File>;

    /// Opens an existing file only to lock it, with any access that this process has. For writing
    /// where possible, because an exclusive lock over NFS needs it.
    fn open_to_lock(&self, name: &Path) -> io::Result<Self::File> {
        self.open_file(name, Access::Write)
    }

    /// Whether this process may have given the file to the owner of `target`. Root does so when it
    /// saves another user's file.
    fn is_given_away(&self, _target: &Path, _file: &Self::File) -> io::Result<bool> {
        Ok(false)
    }

    /// What the name stands for; `None` where there is nothing.
    fn kind(&self, name: &Path) -> io::Result<Option<Kind>>;

    /// Whether the name stands for this open file; `false` where that cannot be told.
    fn leads_to(&self, _name: &Path, _file: &Self::File) -> io::Result<bool> {
        Ok(false)
    }

    /// Looks again whether the name stands for this open file, which has that
    /// [`number`](File::number). Where files have no numbers: whether the file has a name at all.
    fn is_name_of(&self, _name: &Path, file: &Self::File, _number: u64) -> io::Result<bool> {
        file.is_unlinked().map(|is_unlinked| !is_unlinked)
    }

    /// Every name in it but `.` and `..`, in no order.
    fn names(&self) -> io::Result<Vec<OsString>>;

    /// Keeps the bytes of what the name stands for, also after it loses the name, until the claim
    /// is dropped. `None` where there is nothing.
    fn hold(&self, name: &Path) -> io::Result<Option<Self::Hold>>;

    /// Removes a file's name.
    fn remove_file(&self, name: &Path) -> io::Result<()>;

    /// Gives the file `from` the name `to`, in place of whatever file has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives the file `from` the name `to`, or fails with `AlreadyExists`. Fails with `Unsupported`
    /// where the system cannot do this in one step.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes every change of the names in it durable.
    fn flush(&self) -> io::Result<()>;

    /// Whether its file system can flush directories.
    fn can_flush(&self) -> bool;

    /// Fails where the system lets nobody replace or remove a name in it.
    fn ensure_names_change(&self) -> io::Result<()> {
        Ok(())
    }

    /// Whether the directory itself was removed.
    fn is_removed(&self) -> bool;

    /// Which directory this is, whatever path led to it.
    fn identity(&self) -> io::Result<Self::Identity>;

    /// Whether flushing one of the two can concern the other.
    fn shares_file_system(&self, other: &Self) -> io::Result<bool>;

    /// Which file system it is on.
    fn describe(&self) -> Medium;

    /// The attributes of a file; `None` where there is none. It is also an error where the system
    /// lets no process like this one write over the file.
    fn attributes(&self, name: &Path) -> io::Result<Option<Self::Attributes>>;

    /// The attributes of a file that was asked for them before, as they are now. Where the file is
    /// gone: those that it had.
    fn renewed(&self, name: &Path, before: Self::Attributes) -> io::Result<Self::Attributes> {
        Ok(self.attributes(name)?.unwrap_or(before))
    }

    /// Gives attributes to a file.
    fn apply(attributes: &Self::Attributes, file: &Self::File) -> io::Result<()>;
}

/// An open file.
///
/// # Errors
/// Every call gives those of the system.
#[expect(
    clippy::missing_errors_doc,
    reason = "they are the system's, for all of them"
)]
pub trait File: Debug + Send + Sync + Sized + 'static {
    /// What was opened, and its length.
    fn kind(&self) -> io::Result<Kind>;

    /// A number that no other file on its file system has while this one is open; 0 where there is
    /// none.
    fn number(&self) -> io::Result<u64> {
        Ok(0)
    }

    /// Reads at a position, without moving the cursor.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;

    /// Appends to `bytes` at most `wanted` bytes from a position, and returns how many there were.
    /// Memory is allocated only for bytes that exist, or little more.
    fn read_more(&self, bytes: &mut Vec<u8>, wanted: usize, position: u64) -> io::Result<usize> {
        platform::read_zeroed(bytes, wanted, |room| self.read_at(room, position))
    }

    /// Writes all of `data` at a position, without moving the cursor.
    fn write_all_at(&self, data: &[u8], position: u64) -> io::Result<()>;

    /// Opens the file once more, for [`write_durably_at`](Self::write_durably_at) in units of so
    /// many bytes. The unit is a power of two; position, length and memory address are multiples of
    /// it. `None` where the system has nothing better than a write and a flush.
    fn open_direct(&self) -> Option<(Self, usize)> {
        None
    }

    /// Writes all of `data` at a position and makes it durable, with the length and all metadata
    /// that is needed to read it. Other writes stay as durable as they were.
    fn write_durably_at(&self, data: &[u8], position: u64) -> io::Result<()> {
        self.write_all_at(data, position)?;
        self.flush_data()
    }

    /// Writes all of `data` at the cursor.
    fn write_next(&mut self, data: &[u8]) -> io::Result<()>;

    /// Sets the length.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// A hint that the bytes in this range are complete, so that the system can begin to write them
    /// to the disk; or a wait until what was begun of them has reached the disk. Promises nothing.
    fn write_back(&self, _range: Range<u64>, _step: WriteBack) -> io::Result<()> {
        Ok(())
    }

    /// Makes bytes and length durable.
    fn flush_data(&self) -> io::Result<()>;

    /// [`flush_data`](Self::flush_data), and mode, owner and attributes too.
    fn flush_all(&self) -> io::Result<()>;

    /// Takes the exclusive lock; it ends with the handle.
    fn try_lock(&self) -> Result<(), TryLockError>;

    /// Gives the lock back.
    fn unlock(&self) -> io::Result<()>;

    /// Keeps the lock from hindering those who read the file under its new name.
    fn unlock_for_rename(&self);

    /// Whether it belongs to the user that this program runs as; `true` where files have no owners.
    fn is_own(&self) -> io::Result<bool> {
        Ok(true)
    }

    /// Whether it has lost its name, so that its bytes are gone when the handle is closed.
    fn is_unlinked(&self) -> io::Result<bool>;
}
