//! Linux and Android: `fsync`, `fdatasync`, `renameat2`.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, OFlags, RenameFlags, StatxFlags};

pub(super) use super::medium::describe;
pub(super) use super::protected_files::{ensure_may_replace, ensure_names_change};
use super::unix::NO_SUCH_CALL;
pub(crate) use super::write_back::write_back;

/// How a file is opened only to be held: needs no permission to read it.
pub(super) const HOLD: OFlags = OFlags::PATH;

/// `fdatasync`: the bytes, and of the metadata what is needed to find them (the length).
pub(crate) fn flush_data(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// `fsync`.
pub(crate) fn flush_all(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// How many names a file has.
///
/// Asked for by itself: a call that also tells the times obliges the kernel to give the next write
/// a time of its own (multigrain timestamps), and with that a change of metadata that the flush
/// after it has to wait for.
///
/// What the system remembers is not enough: on a network file system or FUSE it may be seconds old.
pub(super) fn links(file: &File) -> io::Result<u64> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
    match rustix::fs::statx(file, c"", flags, StatxFlags::NLINK) {
        Ok(found) => Ok(u64::from(found.stx_nlink)),
        Err(error) if NO_SUCH_CALL.contains(&error) => {
            file.metadata().map(|metadata| metadata.nlink())
        }
        Err(error) => Err(error.into()),
    }
}

/// The number of the file of this name, and how many names it has; looked up again, and without its
/// times, as for [`links`].
pub(super) fn number_of(directory: &File, name: &Path) -> rustix::io::Result<(u64, u64)> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::STATX_FORCE_SYNC;
    match rustix::fs::statx(directory, name, flags, StatxFlags::INO | StatxFlags::NLINK) {
        Ok(found) => Ok((found.stx_ino, u64::from(found.stx_nlink))),
        Err(error) if NO_SUCH_CALL.contains(&error) => super::unix::number_by_stat(directory, name),
        Err(error) => Err(error),
    }
}

/// Whether a directory can be flushed at all: some network file systems answer `EINVAL`.
pub(super) fn reaches_disk(directory: &File) -> bool {
    directory.sync_all().is_ok()
}

/// `renameat2` with `RENAME_NOREPLACE`.
pub(super) fn rename_exclusive(directory: &File, from: &Path, to: &Path) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}
