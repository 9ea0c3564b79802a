//! Where the system answers "end of file" although the input has not come to its end.
//!
//! ```text
//! a terminal that was closed, or whose connection was    it has gone: an error
//! a disk or loop device that was taken away              it has gone: an error
//! a named pipe that nobody has opened for writing yet    there is nothing yet: wait
//! everything else                                        the end
//! ```
//! A pipe or a socket that the other side has closed is at its end: nothing tells whether the other
//! side had more to say.

use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};
use nix::sys::termios::tcgetattr;
use nix::unistd::{Whence, lseek};

/// What an answer of no bytes means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Reached,
    /// There is nothing yet, and the descriptor does not wait by itself.
    NotYet,
}

/// Looks at a descriptor that has just answered "end of file".
///
/// # Errors
/// What it leads to has gone.
pub(super) fn of(input: BorrowedFd<'_>) -> io::Result<Ending> {
    let kind = SFlag::from_bits_truncate(fstat(input)?.st_mode) & SFlag::S_IFMT;
    match kind {
        // What never was a terminal answers that it is none.
        SFlag::S_IFCHR if matches!(tcgetattr(input), Err(Errno::EIO | Errno::ENXIO)) => Err(
            io::Error::other("the terminal has gone before the end of the input"),
        ),
        SFlag::S_IFBLK if has_no_bytes(input) => Err(io::Error::other(
            "the device has gone, or has nothing in it",
        )),
        SFlag::S_IFIFO if is_not_opened_yet(input)? => Ok(Ending::NotYet),
        _ => Ok(Ending::Reached),
    }
}

/// Whether a block device has no bytes. Linux tells by its end; elsewhere that can be 0 for every
/// device.
fn has_no_bytes(device: BorrowedFd<'_>) -> bool {
    cfg!(target_os = "linux") && lseek(device, 0, Whence::SeekEnd) == Ok(0)
}

/// Whether nobody has had the pipe open for writing so far. Linux tells that apart from a pipe
/// whose writers have gone.
fn is_not_opened_yet(pipe: BorrowedFd<'_>) -> io::Result<bool> {
    if !cfg!(target_os = "linux") {
        return Ok(false);
    }
    let mut polled = [PollFd::new(pipe, PollFlags::POLLIN)];
    poll(&mut polled, PollTimeout::ZERO)?;
    Ok(polled
        .first()
        .and_then(PollFd::revents)
        .is_some_and(|events| events.is_empty()))
}
