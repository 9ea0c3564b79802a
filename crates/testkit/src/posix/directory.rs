//! Open directories.

use std::io;

use super::call::Call;
use super::disk::Disk;
use super::file::File;
use super::inode::Number;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file and its length in bytes.
    File(u64),
    /// A directory.
    Directory,
}

/// An open directory of a simulated disk. A name that is made, removed or exchanged is a single
/// component. A name that is looked up may be a path.
///
/// # Errors
/// Every call fails with a [`SimulatedFault`](super::SimulatedFault) where one was planned; else as
/// a file system would.
#[derive(Clone, Debug)]
pub struct Directory {
    disk: Disk,
    number: Number,
}

impl Directory {
    pub(super) const fn new(disk: Disk, number: Number) -> Self {
        Self { disk, number }
    }

    /// Which directory this is, on its disk.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Opens a directory below this one.
    pub fn open_directory(&self, path: &str) -> io::Result<Self> {
        let state = self.disk.state();
        let number = state.find(self.number, path)?;
        state.names(number)?;
        Ok(Self::new(self.disk.clone(), number))
    }

    /// Opens a file below this one.
    pub fn open_file(&self, path: &str) -> io::Result<File> {
        let number = {
            let state = self.disk.state();
            let number = state.find(self.number, path)?;
            state.file(number)?;
            number
        };
        Ok(File::new(self.disk.clone(), number))
    }

    /// Makes a file; fails where the name is taken.
    pub fn create_file(&self, name: &str) -> io::Result<File> {
        let number = self.disk.state().create(self.number, name, Call::Create)?;
        Ok(File::new(self.disk.clone(), number))
    }

    /// Makes a directory; fails where the name is taken.
    pub fn create_directory(&self, name: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        state
            .create(self.number, name, Call::MakeDirectory)
            .map(drop)
    }

    /// What a path stands for; `None` where there is nothing.
    pub fn kind(&self, path: &str) -> io::Result<Option<Kind>> {
        let state = self.disk.state();
        match state.find(self.number, path) {
            Ok(number) if state.is_directory(number) => Ok(Some(Kind::Directory)),
            Ok(number) => Ok(Some(Kind::File(state.file(number)?.visible().len() as u64))),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Every name in the directory, sorted.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let state = self.disk.state();
        Ok(state.names(self.number)?.keys().cloned().collect())
    }

    /// Gives a file another name, and replaces the file that has it.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        let number = state.find(self.number, from)?;
        let names = vec![(from.to_owned(), None), (to.to_owned(), Some(number))];
        state.name(self.number, Call::Rename, names)
    }

    /// Gives a file another name, which must be free.
    pub fn rename_new(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        let number = state.find(self.number, from)?;
        if state.names(self.number)?.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let names = vec![(from.to_owned(), None), (to.to_owned(), Some(number))];
        state.name(self.number, Call::RenameNew, names)
    }

    /// Gives a file one more name, which must be free.
    pub fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        let number = state.find(self.number, from)?;
        if state.names(self.number)?.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.name(self.number, Call::Link, vec![(to.to_owned(), Some(number))])
    }

    /// Removes the name of a file.
    pub fn unlink(&self, name: &str) -> io::Result<()> {
        let mut state = self.disk.state();
        let number = state.find(self.number, name)?;
        state.file(number)?;
        state.name(self.number, Call::Unlink, vec![(name.to_owned(), None)])
    }

    /// Makes the names of the directory durable.
    pub fn flush(&self) -> io::Result<()> {
        self.disk.state().flush(self.number)
    }

    /// Whether the directory has lost its own name.
    pub fn is_unlinked(&self) -> io::Result<bool> {
        Ok(self.disk.state().links(self.number)? == 0)
    }
}
