//! An exact copy of the workspace's files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::about;
use crate::part::Result;

/// Makes the copy hold these files and no others. A file that is equal already is not written, so
/// that cargo has less to build.
///
/// # Errors
///
/// A file that could not be read, written or removed.
pub fn mirror(root: &Path, names: &[PathBuf], copy: &Path) -> Result {
    if copy.is_dir() {
        let kept = names.iter().map(|name| copy.join(name)).collect();
        // A file that stayed would still be built and run: `tests/old.rs`, `src/bin/old.rs`.
        remove_others(copy, &kept)?;
    }
    for name in names {
        let (from, to) = (root.join(name), copy.join(name));
        let bytes = fs::read(&from).map_err(|error| about(&from, &error))?;
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
        }
        fs::write(&to, bytes).map_err(|error| about(&to, &error))?;
    }
    Ok(())
}

/// Removes every other file in a folder, and the folders in it that are then empty. Returns whether
/// anything is left.
fn remove_others(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<bool> {
    let failed = |error| about(folder, &error);
    let mut is_used = false;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let removed = if entry.file_type().map_err(failed)?.is_dir() {
            if remove_others(&path, kept)? {
                is_used = true;
                continue;
            }
            fs::remove_dir(&path)
        } else if kept.contains(&path) {
            is_used = true;
            continue;
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(|error| about(&path, &error))?;
    }
    Ok(is_used)
}
