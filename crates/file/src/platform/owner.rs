//! Who gets what root makes in a store of somebody else's.
//!
//! A file of root's in the directory of another user locks that user out: of the log that root
//! began, of the lock file that root made. So what root makes there belongs to the directory's
//! owner from the beginning. Only what was made by this very call is given away, never what was
//! found.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};

/// Not root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// The owner of a directory, where this process is root and that is somebody else.
    pub(super) fn of(directory: &File) -> io::Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let metadata = directory.metadata()?;
        Ok((metadata.uid() != 0).then_some(Self {
            user: metadata.uid(),
            group: metadata.gid(),
        }))
    }

    /// Gives away a new file. A file system that has no owners, or none for us to choose, is no
    /// reason to fail.
    pub(super) fn gets(self, file: &File) {
        let _ = fchown(file, Some(self.user), Some(self.group));
    }

    /// Gives away a new directory, durably: what is flushed after it is its parent, which has its
    /// name only.
    pub(super) fn gets_directory(self, directory: &File) {
        // The directory's owner can have put another one in its place: what is not root's and empty
        // was not made here.
        let is_new = directory.metadata().is_ok_and(|found| found.uid() == 0)
            && rustix::fs::Dir::read_from(directory).is_ok_and(|mut names| {
                names.all(|name| {
                    name.is_ok_and(|name| matches!(name.file_name().to_bytes(), b"." | b".."))
                })
            });
        if is_new {
            self.gets(directory);
            let _ = directory.sync_all();
        }
    }
}

#[cfg(test)]
#[path = "../../tests/inside/only_what_was_just_made_is_given_away.rs"]
mod only_what_was_just_made_is_given_away;
