//! What Unix systems say that has a remedy of its own, and that `std` has no stable name for.

use std::io;
use std::path::Path;

use rustix::io::Errno;

/// Whether a lock failed because there is nobody to keep locks: a network file system without its
/// service.
pub(crate) fn has_no_locks(error: &io::Error) -> bool {
    is_one_of(error, &[Errno::NOLCK, Errno::NOSYS, Errno::OPNOTSUPP])
}

/// Whether symbolic links lead to each other; or none is followed there, which
/// [`follows_no_links`] tells.
pub(crate) fn is_circle_of_links(error: &io::Error) -> bool {
    is_one_of(error, &[Errno::LOOP])
}

/// Whether the file system of `place`, or of the directory that it is in, has bytes left but no
/// inode for one more file. Some file systems have no such limit, and count none.
pub(crate) fn has_no_inodes(place: &Path) -> bool {
    [Some(place), place.parent()]
        .into_iter()
        .flatten()
        .find_map(|path| rustix::fs::statvfs(path).ok())
        .is_some_and(|room| room.f_files > 0 && room.f_favail == 0 && room.f_bavail > 0)
}

/// Whether the mount that `place` is on, as far as its path leads, follows no symbolic link.
pub(crate) fn follows_no_links(place: &Path) -> bool {
    /// `ST_NOSYMFOLLOW` of Linux, since 5.10. Other systems have nothing of the kind there.
    const NO_LINKS: u64 = 0x2000;
    let known = place
        .ancestors()
        .map(|path| match path.as_os_str().is_empty() {
            true => Path::new("."),
            false => path,
        })
        .find_map(|path| rustix::fs::statvfs(path).ok());
    cfg!(any(target_os = "linux", target_os = "android"))
        && known.is_some_and(|mount| mount.f_flag.bits() & NO_LINKS != 0)
}

fn is_one_of(error: &io::Error, errnos: &[Errno]) -> bool {
    errnos
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
