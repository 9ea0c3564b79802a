//! Which directory entry a path means: the temporary file must be made beside *that*, or the rename
//! would cross file systems.

use std::io;
use std::path::{Path, PathBuf};

use super::Symlinks;
use crate::simulation::FileSystem;

/// As many links as Linux follows.
const LINKS_MAX: usize = 40;

/// How often the links are followed again after they changed meanwhile.
const ATTEMPTS_MAX: usize = 16;

/// Whether there was a link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    None,
    Followed,
}

/// An entry that may or may not exist, in a directory.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) parent: PathBuf,
    pub(super) name: PathBuf,
}

/// Finds the entry. A link to nothing is followed to where its file would be.
///
/// Links are followed by their texts. Then the system is asked whether it gets to the same file
/// through them. Another process may change the links, or save the file, between the two.
pub(super) fn resolve(
    system: &impl FileSystem,
    path: &Path,
    symlinks: Symlinks,
) -> io::Result<Target> {
    if symlinks == Symlinks::Replace {
        return split(path);
    }
    for _ in 0..ATTEMPTS_MAX {
        match follow(system, path)? {
            (target, Links::None) => return Ok(target),
            (target, Links::Followed) => {
                if system.leads_to(path, &target.parent.join(&target.name))? {
                    return Ok(target);
                }
            }
        }
    }
    Err(io::Error::other(
        "its symbolic link leads to something that has no name there, such as a file that was removed, or a pipe: name \
         the file itself",
    ))
}

fn follow(system: &impl FileSystem, path: &Path) -> io::Result<(Target, Links)> {
    let mut path = path.to_owned();
    let mut links = Links::None;
    for _ in 0..=LINKS_MAX {
        let target = split(&path)?;
        match system.read_link(&path)? {
            // A relative link starts from the directory that holds it; an absolute one replaces the
            // whole path.
            Some(led_to) => path = target.parent.join(led_to),
            None => return Ok((target, links)),
        }
        links = Links::Followed;
    }
    Err(io::Error::other("its symbolic links go in a circle"))
}

fn split(path: &Path) -> io::Result<Target> {
    // `std` ignores a last `.`, and separators before and after it.
    let bytes = path.as_os_str().as_encoded_bytes();
    let last = bytes
        .rsplit(|byte| std::path::is_separator(char::from(*byte)))
        .next();
    let is_of_a_directory = matches!(last, Some(b"" | b"."));
    match path.file_name() {
        Some(name) if !is_of_a_directory => Ok(Target {
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
