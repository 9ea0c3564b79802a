//! The directories below the root whose own names are durable.
//!
//! A file is only as durable as every directory above it. So a directory that a key needs is made,
//! and its *parent* flushed, before anything is put into it; and no other thread may take a
//! directory for durable because it is already there, while the thread that made it has not flushed
//! yet. One mutex orders both. It is held over input and output only when a directory is met for
//! the first time: the open has settled those that were there.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use steadfast_core::{PersistenceError, Result};

use crate::error::{failed, hold, poisoned, removed};
use crate::simulation::Directory;

/// `Ok` where the name is durable, the error where its flush failed: that flush is not retried.
type Outcome = Result<()>;

/// What is known of the directories below the root, by their relative names.
#[derive(Debug, Default)]
pub(super) struct Folders {
    known: Mutex<HashMap<String, Outcome>>,
}

impl Folders {
    /// Notes that the name of `folder` is durable.
    pub(super) fn settled(&self, folder: &str) {
        hold(&self.known).insert(folder.to_owned(), Ok(()));
    }

    /// Opens `folder` below `root`, made durably where it is missing.
    pub(super) fn ensure<D: Directory>(&self, root: &D, folder: &str) -> Result<D> {
        let is_settled = folder.is_empty() || matches!(hold(&self.known).get(folder), Some(Ok(())));
        if is_settled {
            match root.open_directory(Path::new(folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                opened => return opened.map_err(|error| fault(root, folder, error)),
            }
        }
        self.make(root, folder)?;
        root.open_directory(Path::new(folder))
            .map_err(|error| fault(root, folder, error))
    }

    fn make(&self, root: &impl Directory, folder: &str) -> Result<()> {
        let mut known = hold(&self.known);
        let ends = folder
            .match_indices('/')
            .map(|(end, _)| end)
            .chain([folder.len()]);
        for level in ends.filter_map(|end| folder.get(..end)) {
            if let Some(Err(cause)) = known.get(level) {
                return Err(poisoned(cause));
            }
            let parent = level.rsplit_once('/').map_or("", |(parent, _)| parent);
            let parent = root
                .open_directory(Path::new(parent))
                .map_err(|error| fault(root, parent, error))?;
            let name = level.rsplit_once('/').map_or(level, |(_, name)| name);
            let is_new = match parent.create_directory(Path::new(name)) {
                Ok(()) => true,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
                Err(error) => return Err(fault(root, level, error)),
            };
            if is_new || !known.contains_key(level) {
                let flushed = parent
                    .flush()
                    .map_err(|error| failed("flush", parent.path(), error));
                known.insert(level.to_owned(), flushed.clone());
                flushed?;
            }
        }
        Ok(())
    }
}

fn fault(root: &impl Directory, folder: &str, error: io::Error) -> PersistenceError {
    if root.is_removed() {
        removed(root.path())
    } else {
        failed("create the directory", &root.path().join(folder), error)
    }
}
