//! Other Unix systems: what POSIX promises and no more.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::FileSystem;
pub(crate) use super::elsewhere::write_back;
pub(super) use super::elsewhere::{
    HOLD, ensure_may_replace, ensure_names_change, links, number_of,
};

/// `fdatasync`.
pub(crate) fn flush_data(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// `fsync`.
pub(crate) fn flush_all(file: &File) -> io::Result<()> {
    file.sync_all()
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
