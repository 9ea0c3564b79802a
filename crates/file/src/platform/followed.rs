//! Symbolic links that the kernel leads elsewhere than their text says, or does not follow.
//!
//! A save reads the link at the end of a path and goes where its text leads. The kernel may do
//! otherwise: the links of `/proc` lead to open files, whatever is at the path that they show; a
//! mount may follow none (`nosymfollow`); a security module may refuse. So the kernel is asked
//! where the whole path leads.

use std::io;
use std::path::Path;

use rustix::fs::{Stat, lstat, stat};
use rustix::io::{Errno, retry_on_intr};

use super::unix::is_same;

/// Whether the links at the end of `path` lead to what `target` is itself; also to nothing, where
/// that is nothing.
///
/// # Errors
/// What the kernel says to who follows them.
pub(crate) fn leads_to(path: &Path, target: &Path) -> io::Result<bool> {
    let led_to = unless_absent(retry_on_intr(|| stat(path)))?;
    let named = unless_absent(retry_on_intr(|| lstat(target)))?;
    Ok(match (led_to, named) {
        (Some(led_to), Some(named)) => is_same(&led_to, &named),
        (None, None) => true,
        _ => false,
    })
}

fn unless_absent(found: rustix::io::Result<Stat>) -> io::Result<Option<Stat>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
