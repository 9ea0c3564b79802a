//! A limit on the size of files (`ulimit -f`, `LimitFSIZE=`) fails the write that meets it, as a
//! full disk does.
//!
//! By default the system ends the program with SIGXFSZ there, without a word, and a save leaves its
//! temporary file. With a handler that does nothing the write fails instead, and a program that is
//! started from this one inherits nothing.

use std::sync::Arc;

/// Before anything is written.
pub(crate) fn fail_writes() {
    // Without it the program ends as it did before.
    let _ = signal_hook::flag::register(libc::SIGXFSZ, Arc::default());
}
