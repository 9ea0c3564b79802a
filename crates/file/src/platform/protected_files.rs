//! Linux: files and directories in which the kernel lets nobody, be it root, make a certain change.
//!
//! In a directory where others may put files (`/tmp`) anybody can put a file under the name that
//! another one is about to write, and read there what is written. So for `> file` the kernel opens
//! no file there that belongs neither to who opens it nor to the directory's owner
//! (`fs.protected_regular`). A save opens nothing for writing, but it gives the new file to the
//! owner of the old one: the rule is kept here.
//!
//! In a directory that is append-only names are made, and none is replaced or removed. A save there
//! would leave a temporary file that nobody can remove, and fail.

use std::fs::File;
use std::io;

use rustix::fs::{AtFlags, StatxAttributes, StatxFlags};

/// Only the owner of a file may rename or remove it.
const STICKY: u32 = 0o1000;

/// Fails for a file of that owner's in this directory where the kernel would not open it for
/// writing.
pub(super) fn ensure_may_replace(directory: &File, owner: u32) -> io::Result<()> {
    let user = rustix::process::geteuid().as_raw();
    if owner == user {
        return Ok(());
    }
    let found = rustix::fs::fstat(directory)?;
    let mode = u32::try_from(u64::from(found.st_mode)).unwrap_or(u32::MAX);
    // From which value on the kernel keeps the rule there.
    let level = match (mode & STICKY, mode & 0o002, mode & 0o020) {
        (STICKY, 0o002, _) => 1,
        (STICKY, _, 0o020) => 2,
        _ => return Ok(()),
    };
    if owner == found.st_uid || protection() < level {
        return Ok(());
    }
    // Of no kind: rights have to do with neither, and the sentence says what helps.
    Err(io::Error::other(
        "the file there belongs to another user, in a directory where others may put one; remove it first, or save \
         under another name",
    ))
}

/// The kernel's switch. Kernels before 4.19 have none; where nobody shows it, it is on, as most
/// systems have it.
fn protection() -> u32 {
    match std::fs::read_to_string("/proc/sys/fs/protected_regular") {
        Ok(value) => value.trim().parse().unwrap_or(1),
        Err(_) if std::path::Path::new("/proc/sys/fs").exists() => 0,
        Err(_) => 1,
    }
}

/// Fails where no name in the directory can be replaced, whoever asks.
pub(super) fn ensure_names_change(directory: &File) -> io::Result<()> {
    // Not its times: see `links`.
    let asked = rustix::fs::statx(directory, c"", AtFlags::EMPTY_PATH, StatxFlags::MODE);
    let attributes = asked.map_or(StatxAttributes::empty(), |found| found.stx_attributes);
    let said = if attributes.contains(StatxAttributes::IMMUTABLE) {
        "nothing can be changed in its directory, which is immutable; `chattr -i` ends that"
    } else if attributes.contains(StatxAttributes::APPEND) {
        "no name can be replaced or removed in its directory, which is append-only; `chattr -a` ends that"
    } else {
        return Ok(());
    };
    Err(io::Error::other(said))
}
