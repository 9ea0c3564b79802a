//! Symbolic links on the way to a file of the user's, followed by ourselves: the new file is made
//! beside what the last one leads to.

use std::io;
use std::path::{Path, PathBuf};

/// What the symbolic link of that name leads to; `None` where it is no link, or where there is
/// nothing.
pub(crate) fn read_link(path: &Path) -> io::Result<Option<PathBuf>> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => std::fs::read_link(path).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
