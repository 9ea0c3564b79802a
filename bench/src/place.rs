//! Where the benchmarks keep their files: one folder, emptied before and after.

use std::path::{Path, PathBuf};

use crate::Result;

/// A folder that is removed when this is dropped.
#[derive(Debug)]
pub struct Place(PathBuf);

impl Place {
    /// An empty folder of this name below `root`.
    ///
    /// # Errors
    /// The system's.
    pub fn new(root: &Path, name: &str) -> Result<Self> {
        let path = root.join(name);
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// An empty folder below this one.
    ///
    /// # Errors
    /// The system's.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes the system forget what it caches of the files in `folder`, so that the next reader reads
/// the disk.
///
/// # Errors
/// The system's.
pub fn forget(folder: &Path) -> Result {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            forget(&entry.path())?;
        } else {
            let file = std::fs::File::open(entry.path())?;
            // The system can only forget what is on the disk already.
            file.sync_all()?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
    }
    Ok(())
}
