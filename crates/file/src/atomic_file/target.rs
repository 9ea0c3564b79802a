//! Which directory entry a path means: the temporary file must be made beside *that*, or the rename would cross
//! file systems.

use std::io;
use std::path::{Path, PathBuf};

use super::Symlinks;
use crate::simulation::FileSystem;

/// As many links as Linux follows.
const LINKS_MAX: usize = 40;

/// An entry that may or may not exist, in a directory.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) parent: PathBuf,
    pub(super) name: PathBuf,
}

/// Finds the entry. A link to nothing is followed to where its file would be.
pub(super) fn resolve(
    system: &impl FileSystem,
    path: &Path,
    symlinks: Symlinks,
) -> io::Result<Target> {
    let mut path = path.to_owned();
    for _ in 0..=LINKS_MAX {
        let target = split(&path)?;
        if symlinks == Symlinks::Replace {
            return Ok(target);
        }
        match system.read_link(&path)? {
            // A relative link starts from the directory that holds it; an absolute one replaces the whole path.
            Some(led_to) => path = target.parent.join(led_to),
            None => return Ok(target),
        }
    }
    Err(io::Error::other("its symbolic links go in a circle"))
}

fn split(path: &Path) -> io::Result<Target> {
    let ends_in_separator = path
        .as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|last| std::path::is_separator(char::from(*last)));
    match path.file_name() {
        Some(name) if !ends_in_separator => Ok(Target {
            // The parent of a bare name is the empty path, which cannot be opened.
            parent: match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                _ => PathBuf::from("."),
            },
            name: PathBuf::from(name),
        }),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it does not end in a file name",
        )),
    }
}
