//! Standard input and output as they are.
//!
//! std takes input that cannot be read for input that is empty, and output that cannot be written
//! for output that was: it answers a bad descriptor with "end of file" and "written", and opens
//! `/dev/null` in the place of a descriptor that was closed when the program began. Then `save`
//! empties a file, and half an `export` is a success. Here both are errors. So is the "end of file"
//! that the system answers for a terminal that has gone.

#[cfg(unix)]
mod at_start;
#[cfg(unix)]
mod ending;
#[cfg(unix)]
mod names;
#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod system;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

use std::fs::Metadata;
use std::io::{self, Read, Write};
use std::path::Path;

/// Standard input.
///
/// # Errors
/// It was closed when the program began, is not open for reading, or has gone. That is not the same
/// as empty.
pub(crate) fn input() -> io::Result<impl Read> {
    system::input()
}

/// Whether a path means standard input: `-`, or a name that the system has for it.
pub(crate) fn is_input(path: &Path) -> bool {
    path == Path::new("-") || system::is_input(path)
}

/// A file that is no standard input.
pub(crate) fn file(path: &Path) -> io::Result<(impl Read + use<>, Metadata)> {
    system::file(path)
}

/// Whether another program ends standard input: it is a pipe or a socket.
pub(crate) fn input_is_a_pipe() -> bool {
    system::input_is_a_pipe()
}

/// Standard output, without a buffer.
pub(crate) struct Output(system::Output);

impl Output {
    /// # Errors
    /// It was closed when the program began, or is not open for writing.
    pub(crate) fn open() -> io::Result<Self> {
        system::output().map(Self)
    }

    /// Writes lines as long as there is room, or the hope of it: how many bytes, in whole lines.
    /// Whoever reads them may live and not read; `is_given_up` says when to wait no longer.
    pub(crate) fn write_until(
        &mut self,
        lines: &[u8],
        is_given_up: fn() -> bool,
    ) -> io::Result<usize> {
        system::write_until(&mut self.0, lines, is_given_up)
    }

    /// Ends the writing. Some file systems say only here that something could not be written.
    pub(crate) fn close(self) -> io::Result<()> {
        system::close(self.0)
    }
}

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
