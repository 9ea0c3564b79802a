//! Standard input and output on Unix: duplicates of their descriptors, read and written as files.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};

use super::at_start;

/// Reads and writes wait also where a program that shares the descriptor has it answer at once.
pub(super) struct Descriptor(File);

pub(super) type Output = Descriptor;

pub(super) fn input() -> io::Result<Descriptor> {
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
    Ok(Descriptor::new(stdin.as_fd().try_clone_to_owned()?))
}

pub(super) fn input_is_a_pipe() -> bool {
    // Where the system does not say, it may be.
    fstat(io::stdin()).map_or(true, |stat| {
        let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
        matches!(kind, SFlag::S_IFIFO | SFlag::S_IFSOCK)
    })
}

pub(super) fn output() -> io::Result<Descriptor> {
    let stdout = io::stdout();
    if at_start::was_closed(1) {
        return Err(io::Error::other("it is closed"));
    }
    if is_opened_for(stdout.as_fd(), OFlag::O_RDONLY)? {
        return Err(io::Error::other("it is open for reading only"));
    }
    Ok(Descriptor::new(stdout.as_fd().try_clone_to_owned()?))
}

pub(super) fn close(output: Output) -> io::Result<()> {
    Ok(nix::unistd::close(output.0)?)
}

/// Whether the descriptor is good for this one direction.
fn is_opened_for(descriptor: BorrowedFd<'_>, direction: OFlag) -> io::Result<bool> {
    let flags = OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?);
    Ok(flags & OFlag::O_ACCMODE == direction)
}

impl Descriptor {
    fn new(descriptor: OwnedFd) -> Self {
        Self(File::from(descriptor))
    }

    /// Waits until there is something to read, or room to write.
    fn wait_for(&self, event: PollFlags) -> io::Result<()> {
        let mut waiting = [PollFd::new(self.0.as_fd(), event)];
        poll(&mut waiting, PollTimeout::NONE)?;
        Ok(())
    }
}

impl Read for Descriptor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.wait_for(PollFlags::POLLIN)?;
                }
                read => return read,
            }
        }
    }
}

impl Write for Descriptor {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(data) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.wait_for(PollFlags::POLLOUT)?;
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
