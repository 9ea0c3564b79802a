//! What all Unix systems share: directories by handle, positioned reads and writes.
//!
//! Names are resolved below an open directory (`openat`, `renameat`), not by path. So a save cannot
//! land in another directory that was put in the place of the first, the directory that is flushed
//! is the one that was written to, and nothing is left to be opened between a rename and the flush
//! that makes it durable.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

use super::attributes::FileStat;
use super::below::{self, with_parent};
use super::owner::Owner;
use super::{Access, FileSystem, Kind, Visibility, system, writers};
use crate::error::{in_the_way, is_absence};

/// Two handles with the same identity are one file.
pub(crate) type Identity = (u64, u64);

/// An open file is not given away by the file system when it loses its name.
pub(crate) type Hold = OwnedFd;

/// The old file goes on without a name.
pub(crate) const REPLACES_OPEN: bool = true;

/// An open directory.
#[derive(Debug)]
pub(crate) struct Directory {
    handle: File,
    path: PathBuf,
    /// Who gets what is made in it; `None` for who makes it.
    owner: Option<Owner>,
}

/// How a system, a file system or a filter of system calls says that it has no such call. Another
/// way is taken then.
pub(super) const NO_SUCH_CALL: [Errno; 5] = [
    Errno::INVAL,
    Errno::NOSYS,
    Errno::NOTSUP,
    Errno::OPNOTSUPP,
    Errno::PERM,
];

/// Attempts to open or make a file that comes and goes.
const ATTEMPTS_MAX: usize = 16;

impl Directory {
    /// Opens the directory at `path`; the empty path is the current directory.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = retry_on_intr(|| rustix::fs::openat(CWD, path, flags, Mode::empty()))?;
        Ok(Self {
            handle: File::from(handle),
            path: path.to_owned(),
            owner: None,
        })
    }

    /// The same directory, where what is made in it and below it goes to its owner: see [`Owner`].
    pub(crate) fn for_its_owner(mut self) -> io::Result<Self> {
        self.owner = Owner::of(&self.handle)?;
        Ok(self)
    }

    /// Opens the directory at `below`, relative to this one; the empty path opens this one once
    /// more.
    pub(crate) fn open_directory(&self, below: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let (name, path) = if below.as_os_str().is_empty() {
            (Path::new("."), self.path.clone())
        } else {
            (below, self.path.join(below))
        };
        Ok(Self {
            handle: self.open_with(name, flags, Mode::empty())?,
            path,
            owner: self.owner,
        })
    }

    /// Where it was when it was opened: for messages, never for opening.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a directory of this name.
    pub(crate) fn create_directory(&self, name: &Path) -> io::Result<()> {
        retry_on_intr(|| rustix::fs::mkdirat(&self.handle, name, Mode::from_raw_mode(0o777)))?;
        if let Some(owner) = self.owner {
            owner.gets_directory(&self.open_directory(name)?.handle);
        }
        Ok(())
    }

    /// Makes a file of this name, for reading and writing; fails where the name is taken, even by a
    /// dangling link.
    pub(crate) fn create_file(&self, name: &Path, visibility: Visibility) -> io::Result<File> {
        let mode = match visibility {
            Visibility::Default => Mode::from_raw_mode(0o666),
            Visibility::Private => Mode::from_raw_mode(0o600),
        };
        let file = self.open_with(name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, mode)?;
        if let Some(owner) = self.owner {
            owner.gets(&file);
        }
        Ok(file)
    }

    /// Opens the regular file of this name for reading and writing, and makes it where there is
    /// none. Only who may write this directory may open it.
    ///
    /// In two calls: what was there already is nobody's to give away.
    pub(crate) fn open_or_create_lock(&self, name: &Path) -> io::Result<File> {
        for _ in 0..ATTEMPTS_MAX {
            match self.open_file(name, Access::Write) {
                Ok(file) => {
                    return match below::kind_of(&rustix::fs::fstat(&file)?) {
                        Kind::File(_) => {
                            writers::shut_out_others(&self.handle, &file).map(|()| file)
                        }
                        found => Err(in_the_way(name, found)),
                    };
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            match self.create_file(name, Visibility::Private) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(made) => return writers::let_in(&self.handle, &made).map(|()| made),
            }
        }
        Err(io::Error::other("it comes and goes"))
    }

    /// Opens an existing file. A pipe does not block the call: what was opened is the caller's to
    /// check.
    pub(crate) fn open_file(&self, name: &Path, access: Access) -> io::Result<File> {
        let access = match access {
            Access::Read => OFlags::RDONLY,
            Access::Write => OFlags::RDWR,
        };
        self.open_with(
            name,
            access | OFlags::NONBLOCK | OFlags::NOCTTY,
            Mode::empty(),
        )
    }

    /// Opens an existing file only to lock it: for writing if it may, for one of reading and
    /// writing at least.
    pub(crate) fn open_to_lock(&self, name: &Path) -> io::Result<File> {
        let mut opened = Err(io::ErrorKind::PermissionDenied.into());
        for access in [OFlags::RDWR, OFlags::WRONLY, OFlags::RDONLY] {
            let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY;
            opened = self.open_with(name, flags, Mode::empty());
            if !matches!(&opened, Err(error) if error.kind() == io::ErrorKind::PermissionDenied) {
                break;
            }
        }
        opened
    }

    /// Whether this process is root, and the file has the owner of `target`, to whom root's save
    /// gives it.
    pub(crate) fn is_given_away(&self, target: &Path, file: &File) -> io::Result<bool> {
        if !rustix::process::geteuid().is_root() {
            return Ok(false);
        }
        let replaced = self.stat(target)?;
        Ok(replaced.is_file() && replaced.user == stat_of(file)?.user)
    }

    /// Opens what the name is, and no link.
    fn open_with(&self, name: &Path, flags: OFlags, mode: Mode) -> io::Result<File> {
        with_parent(self.handle.as_fd(), name, |parent, name| {
            below::open(parent, name, flags, mode).map(File::from)
        })
    }

    /// What the name stands for; `None` where there is nothing.
    pub(crate) fn kind(&self, name: &Path) -> io::Result<Option<Kind>> {
        let found = with_parent(self.handle.as_fd(), name, |parent, name| {
            Ok(below::kind_of(&below::stat(parent, name)?))
        });
        match found {
            Err(error) if is_absence(&error) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Whether the name stands for this open file. The number of a file that is open is no other
    /// file's.
    pub(crate) fn leads_to(&self, name: &Path, file: &File) -> io::Result<bool> {
        let open = rustix::fs::fstat(file)?;
        with_parent(self.handle.as_fd(), name, |parent, name| {
            Ok(is_same(&below::stat(parent, name)?, &open))
        })
    }

    /// What the name is, itself and not what a link leads to.
    pub(super) fn stat(&self, name: &Path) -> io::Result<FileStat> {
        Ok(file_stat(&below::stat(self.handle.as_fd(), name)?))
    }

    /// Whether the name, itself and not what a link leads to, stands for the file of that number.
    pub(crate) fn is_name_of(&self, name: &Path, number: u64) -> io::Result<bool> {
        match system::number_of(&self.handle, name) {
            Ok((found, links)) => Ok(found == number && links > 0),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::STALE) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Every name in it but `.` and `..`, in no order.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        Ok(names)
    }

    /// Keeps the bytes of what the name stands for, itself and not what a link leads to.
    ///
    /// Why: a file system may give the blocks of a file without a name to the next writer before
    /// the loss of the name is durable, as ext4 does with `data=writeback`. After a power cut the
    /// name is back, and leads to another file's bytes.
    pub(crate) fn hold(&self, name: &Path) -> io::Result<Option<Hold>> {
        let flags = system::HOLD | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match retry_on_intr(|| rustix::fs::openat(&self.handle, name, flags, Mode::empty())) {
            Ok(held) => Ok(Some(held)),
            // What is not there, or no file, or not ours to read, cannot be held or need not be.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS | Errno::NXIO) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file's name.
    pub(crate) fn remove_file(&self, name: &Path) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, name, AtFlags::empty())?)
    }

    /// Gives the file `from` the name `to`, in place of whatever file has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.handle, from, &self.handle, to)?)
    }

    /// Gives the file `from` the name `to`, or fails with `AlreadyExists`; with `Unsupported` where
    /// nothing does both in one step.
    pub(crate) fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        match system::rename_exclusive(&self.handle, from, to) {
            // The file system, an old kernel or a filter refuses; a hard link is as exclusive and
            // as atomic.
            Err(error) if NO_SUCH_CALL.contains(&error) => self.link_new(from, to),
            done => Ok(done?),
        }
    }

    fn link_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        match rustix::fs::linkat(&self.handle, from, &self.handle, to, AtFlags::empty()) {
            // Android forbids links with `EACCES`. Whoever may not change the directory at all is
            // told so by the next way.
            Err(error)
                if NO_SUCH_CALL.contains(&error)
                    || matches!(error, Errno::ACCESS | Errno::MLINK) =>
            {
                Err(io::ErrorKind::Unsupported.into())
            }
            Err(error) => Err(error.into()),
            Ok(()) => {
                // The file is published: a second name that stays behind is a leftover, not a
                // failure.
                let _ = self.remove_file(from);
                Ok(())
            }
        }
    }

    /// Makes every change of its names durable.
    ///
    /// A file system that has no such operation answers `EINVAL`; [`can_flush`](Self::can_flush)
    /// tells beforehand.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match system::flush_all(&self.handle) {
            Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => Ok(()),
            done => done,
        }
    }

    /// Whether its file system can flush directories, all the way to the disk.
    pub(crate) fn can_flush(&self) -> bool {
        system::reaches_disk(&self.handle)
    }

    /// Fails where no name in it can be replaced, whoever asks.
    pub(crate) fn ensure_names_change(&self) -> io::Result<()> {
        system::ensure_names_change(&self.handle)
    }

    /// Fails for a file of that owner's in it which the system lets this process not write over,
    /// whatever its rights.
    pub(super) fn ensure_may_replace(&self, owner: u32) -> io::Result<()> {
        system::ensure_may_replace(&self.handle, owner)
    }

    /// Whether the directory itself was removed.
    pub(crate) fn is_removed(&self) -> bool {
        is_unlinked(&self.handle).unwrap_or(false)
    }

    /// Which directory this is, whatever path led to it.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        self.handle
            .metadata()
            .map(|metadata| (metadata.dev(), metadata.ino()))
    }

    /// Whether a flush of one can concern the other.
    pub(crate) fn shares_file_system(&self, other: &Self) -> io::Result<bool> {
        Ok(self.identity()?.0 == other.identity()?.0)
    }

    /// Which file system it is on.
    pub(crate) fn describe(&self) -> FileSystem {
        system::describe(&self.handle)
    }
}

/// The number of the file of this name, and how many names it has. The types of these fields differ
/// between systems.
pub(super) fn number_by_stat(directory: &File, name: &Path) -> rustix::io::Result<(u64, u64)> {
    let stat = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    #[expect(
        clippy::allow_attributes,
        reason = "a cast is needed on some systems and none on others"
    )]
    #[allow(clippy::useless_conversion, reason = "as above")]
    Ok((u64::from(stat.st_ino), u64::from(stat.st_nlink)))
}

/// Whether both are of one file. Compared as they are: the types of these fields differ between
/// systems.
pub(super) const fn is_same(a: &Stat, b: &Stat) -> bool {
    a.st_dev == b.st_dev && a.st_ino == b.st_ino
}

/// What an open file is.
pub(super) fn stat_of(file: &File) -> io::Result<FileStat> {
    Ok(file_stat(&rustix::fs::fstat(file)?))
}

/// What a file that is held is.
pub(super) fn held_stat_of(held: &Hold) -> io::Result<FileStat> {
    Ok(file_stat(&rustix::fs::fstat(held)?))
}

fn file_stat(stat: &Stat) -> FileStat {
    FileStat {
        raw: *stat,
        // The type of the field differs between systems; no mode has more than 16 bits.
        mode: u32::try_from(u64::from(stat.st_mode)).unwrap_or(0o600),
        user: stat.st_uid,
        group: stat.st_gid,
    }
}

/// Whether an open file belongs to the user that this program runs as.
pub(crate) fn is_own(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.uid() == rustix::process::geteuid().as_raw())
}

/// Whether an open file or directory has no name left.
pub(crate) fn is_unlinked(file: &File) -> io::Result<bool> {
    Ok(system::links(file)? == 0)
}

/// Reads at a position, without moving a cursor that other threads share.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    file.read_at(buffer, position)
}

/// Appends what is at a position, without filling the room with zeros first: that would be a
/// quarter of the time of reading from the page cache.
pub(crate) fn read_more(
    file: &File,
    bytes: &mut Vec<u8>,
    wanted: usize,
    position: u64,
) -> io::Result<usize> {
    let start = bytes.len();
    bytes.reserve_exact(wanted);
    let read = rustix::io::pread(file, spare_capacity(bytes), position)?;
    // There may be more room than was asked for.
    bytes.truncate(start.saturating_add(wanted));
    Ok(read.min(wanted))
}

/// Writes all of `data` at a position; short and interrupted writes are continued.
pub(crate) fn write_all_at(file: &File, data: &[u8], position: u64) -> io::Result<()> {
    file.write_all_at(data, position)
}

/// Nothing: a lock bothers no reader here, and ends with the handle.
pub(crate) fn unlock_for_rename(_: &File) {}

/// Whether a rename that failed like this certainly changed nothing.
///
/// These errors are found before anything is changed. What is not listed (an input/output error, a
/// time-out of a network file system, an interrupted call) may have come after the change.
pub(crate) fn rename_is_undone(error: &io::Error) -> bool {
    let certain = [
        Errno::ACCESS,
        Errno::BUSY,
        Errno::DQUOT,
        Errno::EXIST,
        Errno::INVAL,
        Errno::ISDIR,
        Errno::LOOP,
        Errno::MLINK,
        Errno::NAMETOOLONG,
        Errno::NOENT,
        Errno::NOSPC,
        Errno::NOSYS,
        Errno::NOTDIR,
        Errno::NOTEMPTY,
        Errno::NOTSUP,
        Errno::PERM,
        Errno::ROFS,
        Errno::XDEV,
    ];
    certain
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
