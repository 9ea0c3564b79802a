//! A name below an open directory, and never through a link.
//!
//! A store's directory may belong to more than one person: a link that somebody puts under a name
//! of the store's would lead a write, a flush or a clean-up out of it. So every part of a relative
//! name is opened by itself, below the one before, and a part that is a link is an error that names
//! it: neither followed nor absent. `openat2` would resolve a name in one call, where the kernel
//! and its filters have it; one way for all systems is worth an open more for the names of two
//! parts that there are.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

use super::{Kind, system};
use crate::error::in_the_way;

/// Makes a call on the last part of a name, below the directory that the others lead to.
pub(super) fn with_parent<T>(
    directory: BorrowedFd<'_>,
    name: &Path,
    call: impl FnOnce(BorrowedFd<'_>, &Path) -> io::Result<T>,
) -> io::Result<T> {
    let (true, Some(folder), Some(last)) = (
        name.as_os_str().as_bytes().contains(&b'/'),
        name.parent(),
        name.file_name(),
    ) else {
        return call(directory, name);
    };
    let mut inner: Option<OwnedFd> = None;
    for part in folder {
        let from = inner.as_ref().map_or(directory, AsFd::as_fd);
        let flags = system::HOLD | OFlags::DIRECTORY;
        inner = Some(open(from, Path::new(part), flags, Mode::empty())?);
    }
    let parent = inner.as_ref().map_or(directory, AsFd::as_fd);
    call(parent, Path::new(last))
}

/// Opens the name of one part.
pub(super) fn open(
    directory: BorrowedFd<'_>,
    name: &Path,
    flags: OFlags,
    mode: Mode,
) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| rustix::fs::openat(directory, name, flags, mode))
        .map_err(|errno| refused(directory, name, errno))
}

/// Says what was in the way, where the system's word for it is also the one for an absent name or
/// tells little.
fn refused(directory: BorrowedFd<'_>, name: &Path, errno: Errno) -> io::Error {
    // FreeBSD's word for a link is `EMLINK`; a socket is `ENXIO`.
    if matches!(
        errno,
        Errno::NOTDIR | Errno::LOOP | Errno::MLINK | Errno::NXIO
    ) && let Ok(stat) = stat(directory, name)
        && let found @ (Kind::Link | Kind::Other) = kind_of(&stat)
    {
        return in_the_way(name, found);
    }
    errno.into()
}

/// What the name of one part is, itself and not what a link leads to.
pub(super) fn stat(directory: BorrowedFd<'_>, name: &Path) -> rustix::io::Result<Stat> {
    retry_on_intr(|| rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW))
}

/// The kind of what was looked at.
pub(super) fn kind_of(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File(u64::try_from(stat.st_size).unwrap_or(0)),
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    }
}
