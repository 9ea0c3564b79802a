//! Linux: writes that go past the page cache (`O_DIRECT`) and are durable when they return
//! (`RWF_DSYNC`).
//!
//! One system call in the place of a write and an `fdatasync`, and no page that is dirtied, found
//! again and written back. The kernel keeps both ways to one file in step: a direct write first
//! writes and then drops what the cache has of its range, and drops it once more at its end. A read
//! through the cache after it sees it.
//!
//! The flag is given with each write and not at the opening: what makes a write durable stands
//! where the write is, in a trace too.

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxFlags};
use rustix::io::{Errno, ReadWriteFlags, pwritev2};

use super::unix::NO_SUCH_CALL;

/// Coarser units than a page are not worth it: a short write would be a long one.
const UNIT_MAX: u32 = 4096;

/// Opens the file once more, for direct writes in units of so many bytes, at positions and from
/// memory that are multiples of it.
///
/// `None` where the file system has no such writes or does not tell its unit (before Linux 6.1),
/// and where there is no `/proc` to open a file by its handle: by its name it could be another one
/// by now.
pub(crate) fn open_direct(file: &File) -> Option<(File, usize)> {
    let found = rustix::fs::statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN).ok()?;
    let unit = found.stx_dio_mem_align.max(found.stx_dio_offset_align);
    let is_usable = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::DIOALIGN)
        && unit.is_power_of_two()
        && unit <= UNIT_MAX;
    if !is_usable {
        return None;
    }
    let path = format!("/proc/thread-self/fd/{}", file.as_fd().as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::DIRECT | OFlags::CLOEXEC;
    let again = rustix::fs::openat(CWD, path, flags, Mode::empty()).ok()?;
    // Where it is no real `/proc`, or the table of handles is another one's, it could be any file.
    let (own, other) = (
        rustix::fs::fstat(file).ok()?,
        rustix::fs::fstat(&again).ok()?,
    );
    if (own.st_dev, own.st_ino) != (other.st_dev, other.st_ino) {
        return None;
    }
    // Where a filter does not let the call pass, it is better to know now.
    pwritev2(&again, &[], 0, ReadWriteFlags::DSYNC).ok()?;
    Some((File::from(again), usize::try_from(unit).ok()?))
}

/// Writes all of `data` at a position, and returns when it is durable.
pub(crate) fn write_durably_at(file: &File, mut data: &[u8], mut position: u64) -> io::Result<()> {
    while !data.is_empty() {
        match pwritev2(file, &[IoSlice::new(data)], position, ReadWriteFlags::DSYNC) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                data = data.get(written..).unwrap_or_default();
                position = position.saturating_add(written as u64);
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether a write failed because of the call and not of the disk: it is not there or not allowed,
/// or the unit was not the right one.
pub(crate) fn cannot_write_directly(error: &io::Error) -> bool {
    NO_SUCH_CALL
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}
