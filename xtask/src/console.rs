//! Lines for the person who watches.
//!
//! Unlike `println!`, these do not panic when the reader has gone (`cargo xtask test | head`).

use std::io::{self, Write};

/// Writes one line to standard output.
pub fn say(line: &str) {
    let mut out = io::stdout().lock();
    // A reader that has gone is not a reason to stop a build.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Writes one line to standard error.
pub fn complain(line: &str) {
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
