//! Unix but Linux: what macOS and the others have in common, which is mostly that there is nothing
//! to ask.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;

use rustix::fs::OFlags;

use super::WriteBack;

pub(super) use super::unix::number_by_stat as number_of;

/// How a file is opened only to be held. A named pipe would block a plain open.
pub(super) const HOLD: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Nothing: the flush writes them.
#[expect(
    clippy::unnecessary_wraps,
    reason = "another platform has to ask the system"
)]
pub(crate) const fn write_back(_: &File, _: Range<u64>, _: WriteBack) -> io::Result<()> {
    Ok(())
}

/// How many names a file has.
pub(super) fn links(file: &File) -> io::Result<u64> {
    file.metadata().map(|metadata| metadata.nlink())
}

/// These systems have no such rule.
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
