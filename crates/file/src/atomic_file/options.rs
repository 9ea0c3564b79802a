//! The ways to save a file.

use std::path::Path;

use steadfast_core::Result;

use super::target::{Target, resolve};
use super::{AtomicFile, taken};
use crate::error::failed;
use crate::simulation::{Directory as _, FileSystem, Kind, Native};
use crate::temporary::{Keep, Overwrite};

/// What to do where the path is a symbolic link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symlinks {
    /// Save the file that the link leads to, through any number of links. Where that file is
    /// missing, it is created there. The link stays. A link that the system would not follow is an
    /// error. On Linux that is another user's link in a directory where everybody may create files,
    /// such as `/tmp` (`fs.protected_symlinks`).
    #[default]
    Follow,
    /// Replace the link itself by a regular file. What it leads to stays.
    Replace,
}

/// How an [`AtomicFile`] is saved.
///
/// ```
/// use steadfast_file::{AtomicFile, Symlinks};
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("key.pem");
/// let file = AtomicFile::options().symlinks(Symlinks::Replace).no_clobber().open(&path)?;
/// file.commit()?;
/// assert!(AtomicFile::options().no_clobber().open(&path).is_err());
/// # Ok::<(), steadfast_core::PersistenceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "options do nothing until `open`"]
pub struct AtomicFileOptions {
    symlinks: Symlinks,
    overwrite: bool,
    preserve: bool,
}

impl AtomicFileOptions {
    /// The defaults: links are followed, an existing file is replaced, its attributes are kept.
    pub fn new() -> Self {
        Self {
            symlinks: Symlinks::Follow,
            overwrite: true,
            preserve: true,
        }
    }

    /// What to do where the path is a symbolic link. Default: [`Symlinks::Follow`].
    pub fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.symlinks = symlinks;
        self
    }

    /// Whether an existing file may be replaced. Default: yes.
    ///
    /// If not, `open` fails at once on an existing file, and `commit` fails on one that appeared
    /// meanwhile: the check and the publishing are one atomic step. Where the system has no such
    /// step (neither `renameat2` nor hard links), the name is first taken with an empty file. A
    /// crash before the empty file is replaced leaves it there.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// The same as `overwrite(false)`.
    pub fn no_clobber(self) -> Self {
        self.overwrite(false)
    }

    /// Whether the new file gets the mode, owner, access list and extended attributes of the file
    /// that it replaces. Default: yes.
    ///
    /// The owner is kept where this is permitted: to root, and for the group to its members. Where
    /// it is not permitted, the rest is kept as far as it lets in nobody whom the old file kept
    /// out. On Windows nothing is kept: the new file inherits the directory's access list.
    pub fn preserve(mut self, preserve: bool) -> Self {
        self.preserve = preserve;
        self
    }

    /// Begins to save `path`.
    ///
    /// # Errors
    /// Where the directory is missing or may not be written, where `path` (or what its link leads
    /// to) is a directory, a pipe or a device, where links go in a circle, and where the file
    /// exists but may not be replaced.
    pub fn open(self, path: impl AsRef<Path>) -> Result<AtomicFile> {
        self.open_on(&Native, path)
    }

    /// [`open`](Self::open) on another [file system](crate::simulation) than this machine's: for
    /// tests.
    ///
    /// # Errors
    /// As for `open`.
    pub fn open_on<F: FileSystem>(
        self,
        system: &F,
        path: impl AsRef<Path>,
    ) -> Result<AtomicFile<F>> {
        let path = path.as_ref();
        let fault = |error| failed("save", path, error);
        let Target { parent, name } = resolve(system, path, self.symlinks).map_err(fault)?;
        let directory = system.open_directory(&parent).map_err(fault)?;
        match directory.kind(&name).map_err(fault)? {
            None => {}
            Some(_) if !self.overwrite => return Err(taken(&parent.join(&name))),
            Some(Kind::File(_)) => {}
            Some(Kind::Link) if self.symlinks == Symlinks::Replace => {}
            Some(Kind::Directory) => return Err(fault(unfit("it is a directory"))),
            Some(Kind::Link | Kind::Other) => {
                return Err(fault(unfit("it is not a regular file")));
            }
        }
        let keep = if self.preserve {
            Keep::Attributes
        } else {
            Keep::Nothing
        };
        let overwrite = if self.overwrite {
            Overwrite::Yes
        } else {
            Overwrite::No
        };
        AtomicFile::begin(system, directory, &name, keep, overwrite)
    }
}

impl Default for AtomicFileOptions {
    fn default() -> Self {
        Self::new()
    }
}

fn unfit(reason: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidInput, reason)
}
