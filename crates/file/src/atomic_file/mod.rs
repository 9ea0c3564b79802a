//! One file, saved whole or not at all.
//!
//! The new bytes go to a temporary file in the target's own directory.
//! [`commit`](AtomicFile::commit) flushes it, renames it over the target and flushes the directory.
//! So a reader that opens the target finds the old file or the new one, at every instant and after
//! every crash.
//!
//! The file gets a new inode. So a hard link to the old file keeps the old bytes: keeping links
//! would mean writing in place, which no system does atomically. A reader that has the old file
//! open goes on reading the old bytes. A temporary file that a crash leaves behind is named
//! `.steadfast.<16 hex digits>.tmp`; the next save of the same file removes it.

mod options;
mod target;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use steadfast_core::{PersistenceError, Result};

pub use self::options::{AtomicFileOptions, Symlinks};
use crate::simulation::{FileSystem, Native};
use crate::temporary::{Keep, Leftover, Overwrite, Pace, Temporary, Unpublished};

/// Small writes are collected up to this many bytes.
const BUFFER_LEN: usize = 64 * 1024;

/// A file that is being saved. Nothing of it is seen before [`commit`](Self::commit), and dropping
/// it discards it.
///
/// Small writes are buffered. `flush` of [`Write`] only hands the buffer to the system. `commit`
/// makes the bytes durable.
///
/// ```
/// use std::io::Write;
/// use steadfast_file::AtomicFile;
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("settings.toml");
/// let mut file = AtomicFile::create(&path)?;
/// writeln!(file, "volume = 7")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "volume = 7\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile<F: FileSystem = Native> {
    temporary: Temporary<F>,
    buffer: Vec<u8>,
    overwrite: Overwrite,
}

impl AtomicFile {
    /// Begins to save `path`, with the defaults of [`AtomicFileOptions`].
    ///
    /// # Errors Where the directory is missing or not writable, or where `path` is not a file.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().open(path)
    }

    /// The ways to save a file.
    pub fn options() -> AtomicFileOptions {
        AtomicFileOptions::new()
    }
}

impl<F: FileSystem> AtomicFile<F> {
    fn begin(
        system: &F,
        directory: F::Directory,
        name: &Path,
        keep: Keep,
        overwrite: Overwrite,
    ) -> Result<Self> {
        let temporary = Temporary::create(system, directory, name, keep, Leftover::AtNextSave)?;
        Ok(Self {
            temporary,
            buffer: Vec::new(),
            overwrite,
        })
    }

    /// The file that will be replaced: the path that was given, or what its symbolic link leads to.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.temporary.place()
    }

    /// Publishes what was written: after `Ok` the file is whole and durable.
    ///
    /// # Errors [`OutcomeUnknown`](PersistenceError::OutcomeUnknown) where the save failed after
    /// the file may have been published. After every other error the old file is there, untouched.
    /// One of them is [`AlreadyExists`](PersistenceError::AlreadyExists): the file exists and may
    /// not be overwritten.
    pub fn commit(mut self) -> Result<()> {
        self.write_buffer()?;
        let place = self.temporary.place().to_owned();
        self.temporary
            .publish(self.overwrite, None)
            .map_err(|unpublished| match unpublished {
                Unpublished::Taken => taken(&place),
                Unpublished::Failed(failure) => failure,
            })
    }

    /// Discards what was written. The same as dropping it.
    pub fn discard(self) {}

    fn write_buffer(&mut self) -> Result<()> {
        let written = self.temporary.write(&self.buffer, Pace::Alone);
        self.buffer.clear();
        written
    }
}

/// The error for a file that must be new and is not.
fn taken(place: &Path) -> PersistenceError {
    PersistenceError::AlreadyExists {
        place: place.display().to_string(),
    }
}

impl<F: FileSystem> Write for AtomicFile<F> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.buffer.len().saturating_add(data.len()) > BUFFER_LEN {
            self.write_buffer().map_err(into_io)?;
        }
        if data.len() < BUFFER_LEN {
            self.buffer.extend_from_slice(data);
        } else {
            self.temporary.write(data, Pace::Alone).map_err(into_io)?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_buffer().map_err(into_io)
    }
}

/// The same failure as an [`io::Error`] of a fitting kind.
fn into_io(failure: PersistenceError) -> io::Error {
    let kind = match &failure {
        PersistenceError::StorageFull { .. } => io::ErrorKind::StorageFull,
        PersistenceError::PermissionDenied { .. } => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, Arc::new(failure))
}

/// Saves `bytes` as the whole content of `path`, atomically and durably, with the defaults of
/// [`AtomicFileOptions`].
///
/// # Errors
/// As [`AtomicFile::create`] and [`AtomicFile::commit`].
///
/// ```
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("state.json");
/// steadfast_file::write_atomically(&path, b"{\"level\": 3}")?;
/// assert_eq!(std::fs::read(&path)?, b"{\"level\": 3}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_atomically(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.temporary.write(bytes.as_ref(), Pace::Alone)?;
    file.commit()
}
