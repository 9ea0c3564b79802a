//! Standard input and output on Unix: duplicates of their descriptors, read and written as files.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};

use super::ending::{self, Ending};
use super::{at_start, names};

/// How soon a write is given up when it is to be, in milliseconds.
const GIVEN_UP_WITHIN: u8 = 100;

/// Reads and writes wait also where a program that shares the descriptor has it answer at once.
pub(super) struct Descriptor(File);

pub(super) type Output = Descriptor;

pub(super) fn input() -> io::Result<Descriptor> {
    let stdin = io::stdin();
    if at_start::was_closed(0) {
        return Err(closed());
    }
    if is_opened_for(stdin.as_fd(), OFlag::O_WRONLY)? {
        return Err(io::Error::other(
            "it is open for writing only, as nohup leaves it; for input that is empty say `< /dev/null`",
        ));
    }
    Ok(Descriptor::new(stdin.as_fd().try_clone_to_owned()?))
}

/// A file opened by its name.
pub(super) fn file(path: &Path) -> io::Result<(Descriptor, fs::Metadata)> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    match opened {
        Ok((metadata, file)) => Ok((Descriptor(file), metadata)),
        Err(_) if at_start::leads_to_closed_input(path) => Err(closed()),
        Err(error) => Err(error),
    }
}

fn closed() -> io::Error {
    io::Error::other("it is closed; for input that is empty say `< /dev/null`")
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

pub(super) fn is_input(path: &Path) -> bool {
    names::is_input(path)
}

pub(super) fn write_until(
    output: &mut Output,
    lines: &[u8],
    is_given_up: fn() -> bool,
) -> io::Result<usize> {
    output.write_until(lines, is_given_up)
}

pub(super) fn close(output: Output) -> io::Result<()> {
    Ok(nix::unistd::close(output.0)?)
}

/// Whether the descriptor is good for this one direction.
fn is_opened_for(descriptor: BorrowedFd<'_>, direction: OFlag) -> io::Result<bool> {
    let flags = OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?);
    Ok(flags & OFlag::O_ACCMODE == direction)
}

/// Lines in pieces that a pipe with room takes without waiting.
fn pieces(mut lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let most = lines.get(..libc::PIPE_BUF).unwrap_or(lines);
        // A longer line is cut.
        let end = most.iter().rposition(|byte| *byte == b'\n');
        let (piece, rest) = lines.split_at(end.map_or(most.len(), |end| end.saturating_add(1)));
        lines = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

impl Descriptor {
    fn new(descriptor: OwnedFd) -> Self {
        Self(File::from(descriptor))
    }

    /// Writes all of it, or as much as there is room for when `is_given_up` says so; how much that
    /// was, in whole lines. A pipe with room takes a piece at once, so the wait is outside of the
    /// write, where it can be given up. Terminals and sockets promise no such room.
    fn write_until(&mut self, lines: &[u8], is_given_up: fn() -> bool) -> io::Result<usize> {
        let mut written = 0;
        for piece in pieces(lines) {
            let mut rest = piece;
            while !rest.is_empty() {
                if !self.has_room()? {
                    if is_given_up() {
                        return Ok(written);
                    }
                    continue;
                }
                match self.0.write(rest) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(len) => rest = rest.get(len..).unwrap_or_default(),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            written = written.saturating_add(piece.len());
        }
        Ok(written)
    }

    /// Whether there is room, for which it waits for a moment.
    fn has_room(&self) -> io::Result<bool> {
        let mut waiting = [PollFd::new(self.0.as_fd(), PollFlags::POLLOUT)];
        match poll(&mut waiting, GIVEN_UP_WITHIN) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::EINTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
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
                // Into no room at all nothing is read either.
                Ok(0) if !buffer.is_empty() => match ending::of(self.0.as_fd())? {
                    Ending::Reached => return Ok(0),
                    Ending::NotYet => self.wait_for(PollFlags::POLLIN)?,
                },
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
