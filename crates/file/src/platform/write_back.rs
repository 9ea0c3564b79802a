//! Linux: `sync_file_range`, the one call that begins to write a range to the disk and does not
//! wait for it, and that waits without flushing.
//!
//! No promise rests on it: it flushes neither the disk's cache nor what leads to the bytes. The
//! flush of the file does. But an error that the call meets may be told only here, so it counts as
//! a failed write. `posix_fadvise` begins to write too, but then waits for every processor to give
//! back pages that it only holds in line.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;

use super::WriteBack;

/// Begins to write the range to the disk, or waits for what was begun. Where a file system or a
/// filter has no such call, the flush does the work.
#[expect(unsafe_code, reason = "no crate that is kept well wraps this call")]
pub(crate) fn write_back(file: &File, range: Range<u64>, step: WriteBack) -> io::Result<()> {
    let len = range.end.saturating_sub(range.start);
    // A length of zero would mean everything behind the start.
    let (Ok(start), Ok(len @ 1..)) = (range.start.try_into(), len.try_into()) else {
        return Ok(());
    };
    let step = match step {
        WriteBack::Begin => libc::SYNC_FILE_RANGE_WRITE,
        WriteBack::Finish => libc::SYNC_FILE_RANGE_WAIT_BEFORE,
    };
    // SAFETY: the call takes no pointer; the descriptor is open for as long as `file` is borrowed.
    let done = unsafe { libc::sync_file_range(file.as_raw_fd(), start, len, step) };
    if done == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        // `EIO` and its like tell of bytes that were lost, and may tell it only here.
        Some(
            libc::ENOSYS
            | libc::EINVAL
            | libc::ESPIPE
            | libc::EOPNOTSUPP
            | libc::EINTR
            | libc::EPERM
            | libc::EACCES,
        ) => Ok(()),
        _ => Err(error),
    }
}
