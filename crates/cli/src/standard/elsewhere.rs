//! Standard input and output where handles are no descriptors: std's own, which also know how to
//! talk to a console.

use std::io::{self, Stdin, Stdout, Write as _};

pub(super) type Output = Stdout;

pub(super) fn input() -> io::Result<Stdin> {
    Ok(io::stdin())
}

/// It may be.
pub(super) fn input_is_a_pipe() -> bool {
    true
}

pub(super) fn output() -> io::Result<Stdout> {
    Ok(io::stdout())
}

pub(super) fn close(mut output: Output) -> io::Result<()> {
    output.flush()
}
