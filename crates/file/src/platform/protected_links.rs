//! Linux: symbolic links that the kernel would not follow (`fs.protected_symlinks`) are not
//! followed by us either.
//!
//! In a directory where everybody may put files (`/tmp`) anybody can put a link under the name that
//! another one is about to write. So the kernel follows a link at the end of a path in such a
//! directory only if it belongs to who follows it, or to the directory's owner. To save a file
//! atomically the link has to be read, not followed, and the kernel's rule does not see that. It is
//! kept here, for each link of a chain; on the way to the directories the kernel keeps it.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, Stat};
use rustix::io::retry_on_intr;

use super::Kind;
use super::below::kind_of;

/// Everybody may write, but only the owner of a file may rename or remove it.
const SHARED: u32 = 0o1002;

/// What the symbolic link of that name leads to; `None` where it is no link, or where there is
/// nothing.
pub(crate) fn read_link(path: &Path) -> io::Result<Option<PathBuf>> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // By handles: what is asked for its owner is what is read, in the directory that is looked at.
    let directory = open(CWD, parent, OFlags::DIRECTORY)?;
    let link = open(directory.as_fd(), Path::new(name), OFlags::NOFOLLOW)?;
    let found = rustix::fs::fstat(&link)?;
    if kind_of(&found) != Kind::Link {
        return Ok(None);
    }
    let user = rustix::process::geteuid().as_raw();
    let is_followed = may_follow(&found, &rustix::fs::fstat(&directory)?, user);
    if !is_followed && is_protected() {
        return Err(io::Error::other(
            "its symbolic link belongs to another user, in a directory where everybody may put one; \
             name the file that it leads to, if you mean that",
        ));
    }
    let led_to = rustix::fs::readlinkat(&link, c"", Vec::new())?;
    Ok(Some(PathBuf::from(OsString::from_vec(led_to.into_bytes()))))
}

fn open(at: BorrowedFd<'_>, name: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let flags = flags | OFlags::PATH | OFlags::CLOEXEC;
    retry_on_intr(|| rustix::fs::openat(at, name, flags, Mode::empty()))
}

/// The kernel's rule.
fn may_follow(link: &Stat, directory: &Stat, user: u32) -> bool {
    let is_shared =
        u32::try_from(u64::from(directory.st_mode)).unwrap_or(SHARED) & SHARED == SHARED;
    !is_shared || link.st_uid == user || link.st_uid == directory.st_uid
}

/// Whether the kernel keeps the rule. Where it does not say so, it does.
fn is_protected() -> bool {
    !std::fs::read_to_string("/proc/sys/fs/protected_symlinks")
        .is_ok_and(|value| value.trim() == "0")
}
