//! Windows: `MoveFileExW` with write-through, `FlushFileBuffers`, and patience with scanners.
//!
//! A virus scanner or an indexer that has just opened a file makes a rename fail with a sharing
//! violation, for milliseconds. So renames are tried again, a bounded number of times with growing
//! pauses (rustup#1873), and never give way to truncating the target in place.
//!
//! `MoveFileExW` does not replace a file that anyone has open, be it for reading, as this crate's
//! own readers have. Then the rename with POSIX semantics does, which std uses (Windows 10 1607 and
//! later, NTFS); it has no write-through, so the moved file is flushed after it.
//!
//! The path is made absolute and verbatim (`\\?\`) at open: a later change of the current directory
//! does not matter, and neither does the limit of 260 characters.
//!
//! A file that replaces another gets the directory's inherited access list, not the one of the file
//! that it replaces.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, ERROR_DISK_FULL, ERROR_FILE_EXISTS,
    ERROR_FILE_NOT_FOUND, ERROR_INVALID_FUNCTION, ERROR_INVALID_NAME, ERROR_NOT_SAME_DEVICE,
    ERROR_PATH_NOT_FOUND, ERROR_SHARING_VIOLATION, GENERIC_WRITE,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_STANDARD_INFO, FileStandardInfo, GetFileInformationByHandleEx,
    MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH, MoveFileExW,
};

use super::volume::describe;
use super::{Access, FileSystem, Kind, Visibility, WriteBack, read_zeroed};
use crate::error::in_the_way;

/// Two directories with the same real path are one.
pub(crate) type Identity = PathBuf;

/// NTFS does not give away what its journal may bring back.
#[derive(Debug)]
pub(crate) enum Hold {}

/// A directory, by its real path.
#[derive(Debug)]
pub(crate) struct Directory {
    real: PathBuf,
    path: PathBuf,
}

impl Directory {
    /// Opens the directory at `path`; the empty path is the current directory.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let real = std::fs::canonicalize(path)?;
        if std::fs::metadata(&real)?.is_dir() {
            Ok(Self {
                real,
                path: path.to_owned(),
            })
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// Opens the directory at `below`, relative to this one; the empty path opens this one once
    /// more.
    pub(crate) fn open_directory(&self, below: &Path) -> io::Result<Self> {
        if below.as_os_str().is_empty() {
            return Ok(Self {
                real: self.real.clone(),
                path: self.path.clone(),
            });
        }
        let opened = Self::open(&self.below(below)?)?;
        Ok(Self {
            real: opened.real,
            path: self.path.join(below),
        })
    }

    /// The same directory: what is made in it inherits from it here.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the other platforms have to ask the system"
    )]
    pub(crate) const fn for_its_owner(self) -> io::Result<Self> {
        Ok(self)
    }

    /// The path of a name below, none of whose parts is a link. Looked at before it is used: who
    /// may put a link there between the two may write the store.
    fn below(&self, name: &Path) -> io::Result<PathBuf> {
        let mut path = self.real.clone();
        for part in name {
            path.push(part);
            match std::fs::symlink_metadata(&path) {
                Ok(found) if found.is_symlink() => {
                    return Err(in_the_way(Path::new(part), Kind::Link));
                }
                Ok(_) => {}
                Err(error) if is_absence(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(self.real.join(name))
    }

    /// Where it is, in the words of whoever opened it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a directory of this name.
    pub(crate) fn create_directory(&self, name: &Path) -> io::Result<()> {
        std::fs::create_dir(self.real.join(name))
    }

    /// Makes a file of this name, for reading and writing; fails where the name is taken.
    pub(crate) fn create_file(&self, name: &Path, _: Visibility) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(self.real.join(name))
    }

    /// Opens the file of this name for reading and writing, and makes it where there is none.
    pub(crate) fn open_or_create_lock(&self, name: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.below(name)?)
    }

    /// Opens an existing file.
    pub(crate) fn open_file(&self, name: &Path, access: Access) -> io::Result<File> {
        let write = access == Access::Write;
        OpenOptions::new()
            .read(true)
            .write(write)
            .open(self.below(name)?)
    }

    /// What the name stands for; `None` where there is nothing.
    pub(crate) fn kind(&self, name: &Path) -> io::Result<Option<Kind>> {
        match std::fs::symlink_metadata(self.real.join(name)) {
            Ok(metadata) if metadata.is_symlink() => Ok(Some(Kind::Link)),
            Ok(metadata) if metadata.is_file() => Ok(Some(Kind::File(metadata.len()))),
            Ok(metadata) if metadata.is_dir() => Ok(Some(Kind::Directory)),
            Ok(_) => Ok(Some(Kind::Other)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Nothing is asked: no handle is kept for later reads here.
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "another platform has to ask the system"
    )]
    pub(crate) const fn leads_to(&self, _: &Path, _: &File) -> io::Result<bool> {
        Ok(false)
    }

    /// Every name in it, in no order.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        std::fs::read_dir(&self.real)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect()
    }

    /// Nothing to hold.
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "the other platforms have to ask the system"
    )]
    pub(crate) const fn hold(&self, _: &Path) -> io::Result<Option<Hold>> {
        Ok(None)
    }

    /// Removes a file's name.
    pub(crate) fn remove_file(&self, name: &Path) -> io::Result<()> {
        std::fs::remove_file(self.real.join(name))
    }

    /// Gives the file `from` the name `to`, in place of whatever file has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (self.real.join(from), self.real.join(to));
        let flags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
        patiently(|| match move_once(&from, &to, flags) {
            Err(error) if is_passing(&error) => replace_open_file(&from, &to),
            done => done,
        })
    }

    /// Gives the file `from` the name `to`, or fails with `AlreadyExists`.
    pub(crate) fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (self.real.join(from), self.real.join(to));
        patiently(|| move_once(&from, &to, MOVEFILE_WRITE_THROUGH))
    }

    /// Makes every change of its names durable.
    ///
    /// A file system that does not flush directories refuses; [`can_flush`](Self::can_flush) tells
    /// beforehand.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match self.flush_strictly() {
            Err(error)
                if is_code(&error, ERROR_INVALID_FUNCTION)
                    || is_code(&error, ERROR_ACCESS_DENIED) =>
            {
                Ok(())
            }
            done => done,
        }
    }

    /// Whether its file system can flush directories.
    pub(crate) fn can_flush(&self) -> bool {
        self.flush_strictly().is_ok()
    }

    fn flush_strictly(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options
            .access_mode(GENERIC_WRITE)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
        options.open(&self.real)?.sync_all()
    }

    /// Whether the directory itself was removed.
    pub(crate) fn is_removed(&self) -> bool {
        matches!(std::fs::metadata(&self.real), Err(error) if is_absence(&error))
    }

    /// Which directory this is, whatever path led to it.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the other platforms have to ask the system"
    )]
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        Ok(self.real.clone())
    }

    /// Which file system it is on.
    pub(crate) fn describe(&self) -> FileSystem {
        describe(&self.real)
    }

    /// Whether a flush of one can concern the other.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the other platforms have to ask the system"
    )]
    pub(crate) fn shares_file_system(&self, other: &Self) -> io::Result<bool> {
        Ok(self.real.components().next() == other.real.components().next())
    }
}

fn is_code(error: &io::Error, code: u32) -> bool {
    error.raw_os_error().and_then(|raw| u32::try_from(raw).ok()) == Some(code)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The pauses between attempts to rename: about a second in all.
const PAUSES_MS: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

fn patiently(mut attempt: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let mut pauses_ms = PAUSES_MS.iter();
    loop {
        match attempt() {
            Err(error) if is_passing(&error) => match pauses_ms.next() {
                Some(pause_ms) => std::thread::sleep(Duration::from_millis(*pause_ms)),
                None => return Err(error),
            },
            done => return done,
        }
    }
}

/// Errors that a scanner causes for a moment. `ACCESS_DENIED` is also what a file answers whose
/// removal is pending.
fn is_passing(error: &io::Error) -> bool {
    [ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION]
        .iter()
        .any(|code| is_code(error, *code))
}

fn replace_open_file(from: &Path, to: &Path) -> io::Result<()> {
    let moved = OpenOptions::new().write(true).open(from)?;
    std::fs::rename(from, to)?;
    // An error without a system's code is none that certainly changed nothing.
    moved.sync_all().map_err(io::Error::other)
}

pub(super) fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str()
        .encode_wide()
        .chain(std::iter::once(0))
        .collect()
}

#[expect(unsafe_code, reason = "std renames without write-through")]
fn move_once(from: &Path, to: &Path, flags: u32) -> io::Result<()> {
    let (from, to) = (wide(from), wide(to));
    // SAFETY: both pointers are to NUL-terminated UTF-16 that outlives the call.
    let moved = unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), flags) };
    if moved == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Not asked: nothing is removed here by who is not its maker.
#[expect(
    clippy::unnecessary_wraps,
    reason = "another platform has to ask the system"
)]
pub(crate) const fn is_own(_: &File) -> io::Result<bool> {
    Ok(true)
}

/// Whether an open file has no name left, or will have none when its handles are closed.
#[expect(unsafe_code, reason = "std does not show the number of links")]
pub(crate) fn is_unlinked(file: &File) -> io::Result<bool> {
    let mut info = FILE_STANDARD_INFO::default();
    let size = u32::try_from(size_of::<FILE_STANDARD_INFO>()).unwrap_or(0);
    // SAFETY: the handle is open for as long as `file`; the buffer is a FILE_STANDARD_INFO and
    // `size` is its size.
    let asked = unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileStandardInfo,
            (&raw mut info).cast(),
            size,
        )
    };
    if asked == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(info.NumberOfLinks == 0 || info.DeletePending)
}

/// Nothing: the flush writes them.
#[expect(
    clippy::unnecessary_wraps,
    reason = "another platform has to ask the system"
)]
pub(crate) const fn write_back(_: &File, _: Range<u64>, _: WriteBack) -> io::Result<()> {
    Ok(())
}

/// `FlushFileBuffers`: there is no cheaper call.
pub(crate) fn flush_data(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// `FlushFileBuffers`.
pub(crate) fn flush_all(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Reads at a position.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    file.seek_read(buffer, position)
}

/// Appends what is at a position.
pub(crate) fn read_more(
    file: &File,
    bytes: &mut Vec<u8>,
    wanted: usize,
    position: u64,
) -> io::Result<usize> {
    read_zeroed(bytes, wanted, |room| read_at(file, room, position))
}

/// Writes all of `data` at a position; short and interrupted writes are continued.
pub(crate) fn write_all_at(file: &File, data: &[u8], position: u64) -> io::Result<()> {
    let (mut rest, mut position) = (data, position);
    while !rest.is_empty() {
        match file.seek_write(rest, position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                rest = rest.get(written..).unwrap_or_default();
                position = position.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Ends the lock that keeps cleaners away: readers of the published name would be refused by it.
pub(crate) fn unlock_for_rename(file: &File) {
    let _ = file.unlock();
}

/// A file that is open cannot lose its name to another.
pub(crate) const REPLACES_OPEN: bool = false;

/// Whether a rename that failed like this certainly changed nothing.
pub(crate) fn rename_is_undone(error: &io::Error) -> bool {
    [
        ERROR_ACCESS_DENIED,
        ERROR_ALREADY_EXISTS,
        ERROR_DISK_FULL,
        ERROR_FILE_EXISTS,
        ERROR_FILE_NOT_FOUND,
        ERROR_INVALID_NAME,
        ERROR_NOT_SAME_DEVICE,
        ERROR_PATH_NOT_FOUND,
        ERROR_SHARING_VIOLATION,
    ]
    .iter()
    .any(|code| is_code(error, *code))
}

/// Nothing: a new file inherits its directory's access list, the replaced file's own is not carried
/// over.
#[derive(Clone, Debug)]
pub(crate) enum Attributes {}

impl Attributes {
    /// Always `None`.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the other platforms have to ask the system"
    )]
    pub(crate) fn of(_: &Directory, _: &Path) -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// Never called.
    pub(crate) fn renewed(self, _: &Directory, _: &Path) -> io::Result<Self> {
        match self {}
    }

    /// Never called.
    pub(crate) fn apply(&self, _: &File) -> io::Result<()> {
        match *self {}
    }
}

/// Locks are part of every file system here.
pub(crate) const fn has_no_locks(_error: &io::Error) -> bool {
    false
}

/// The system does not tell this from other faults.
pub(crate) const fn is_circle_of_links(_error: &io::Error) -> bool {
    false
}

/// Files are not counted here.
pub(crate) const fn has_no_inodes(_place: &Path) -> bool {
    false
}

/// Links are followed everywhere.
pub(crate) const fn follows_no_links(_place: &Path) -> bool {
    false
}
