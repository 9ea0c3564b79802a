//! Standard input and output on Unix: duplicates of their descriptors, read and written as files.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::at_start;

pub(super) type Output = File;

pub(super) fn input() -> io::Result<File> {
    let stdin = io::stdin();
    if at_start::was_closed(0) {
        return Err(io::Error::other(
            "it is closed; for input that is empty say `< /dev/null`",
        ));
    }
    if is_opened_for(stdin.as_fd(), OFlag::O_WRONLY)? {
        return Err(io::Error::other(
            "it is open for writing only, as nohup leaves it; for input that is empty say `< /dev/null`",
        ));
    }
    Ok(File::from(stdin.as_fd().try_clone_to_owned()?))
}

pub(super) fn output() -> io::Result<File> {
    let stdout = io::stdout();
    if at_start::was_closed(1) {
        return Err(io::Error::other("it is closed"));
    }
    if is_opened_for(stdout.as_fd(), OFlag::O_RDONLY)? {
        return Err(io::Error::other("it is open for reading only"));
    }
    Ok(File::from(stdout.as_fd().try_clone_to_owned()?))
}

pub(super) fn close(output: Output) -> io::Result<()> {
    Ok(nix::unistd::close(output)?)
}

/// Whether the descriptor is good for this one direction.
fn is_opened_for(descriptor: BorrowedFd<'_>, direction: OFlag) -> io::Result<bool> {
    let flags = OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?);
    Ok(flags & OFlag::O_ACCMODE == direction)
}
