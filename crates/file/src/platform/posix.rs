//! Other Unix systems: what POSIX promises and no more.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{FileSystem, WriteBack};

/// How a file is opened only to be held. A named pipe would block a plain open.
pub(super) const HOLD: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// `fdatasync`.
pub(crate) fn flush_data(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// Nothing: the flush writes them.
#[expect(
    clippy::unnecessary_wraps,
    reason = "another platform has to ask the system"
)]
pub(crate) const fn write_back(_: &File, _: Range<u64>, _: WriteBack) -> io::Result<()> {
    Ok(())
}

/// `fsync`.
pub(crate) fn flush_all(file: &File) -> io::Result<()> {
    file.sync_all()
}

pub(super) use super::unix::number_by_stat as number_of;

/// How many names a file has.
pub(super) fn links(file: &File) -> io::Result<u64> {
    file.metadata().map(|metadata| metadata.nlink())
}

/// This system has no such rule.
#[expect(
    clippy::unnecessary_wraps,
    reason = "another platform has to ask the system"
)]
pub(super) const fn ensure_may_replace(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

/// Not asked: the rename tells.
#[expect(
    clippy::unnecessary_wraps,
    reason = "another platform has to ask the system"
)]
pub(super) const fn ensure_names_change(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whether a directory can be flushed at all.
pub(super) fn reaches_disk(directory: &File) -> bool {
    directory.sync_all().is_ok()
}

/// POSIX has no such rename; the caller falls back to a hard link.
pub(super) fn rename_exclusive(_: &File, _: &Path, _: &Path) -> rustix::io::Result<()> {
    Err(Errno::NOSYS)
}

/// POSIX does not tell, and what is not known is not promised.
pub(super) fn describe(_: &File) -> FileSystem {
    FileSystem {
        name: "unknown".to_owned(),
        outlives_power: false,
    }
}
