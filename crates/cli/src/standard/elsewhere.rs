//! Standard input and output where handles are no descriptors: std's own, which also know how to
//! talk to a console.

use std::fs::{File, Metadata};
use std::io::{self, Stdin, Stdout, Write as _};
use std::path::Path;

pub(super) type Output = Stdout;

pub(super) fn input() -> io::Result<Stdin> {
    Ok(io::stdin())
}

/// There are no other names for it than the program's own.
pub(super) fn is_input(_path: &Path) -> bool {
    false
}

pub(super) fn file(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// It may be.
pub(super) fn input_is_a_pipe() -> bool {
    true
}

pub(super) fn output() -> io::Result<Stdout> {
    Ok(io::stdout())
}

/// A console always has room, and a pipe is not asked.
pub(super) fn write_until(
    output: &mut Output,
    lines: &[u8],
    _is_given_up: fn() -> bool,
) -> io::Result<usize> {
    output.write_all(lines)?;
    output.flush()?;
    Ok(lines.len())
}

pub(super) fn close(mut output: Output) -> io::Result<()> {
    output.flush()
}
