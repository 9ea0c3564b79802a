//! The files below a directory, in memory: the store that a thousand runs start from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::part::{Result, Stop};

/// Files with their bytes. Directories have no bytes.
pub(super) type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

pub(super) fn read(root: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    collect(root, Path::new(""), &mut tree).map_err(|error| about(root, &error))?;
    Ok(tree)
}

fn collect(root: &Path, below: &Path, tree: &mut Tree) -> std::io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            tree.insert(name.clone(), None);
            collect(root, &name, tree)?;
        } else {
            tree.insert(name, Some(fs::read(entry.path())?));
        }
    }
    Ok(())
}

/// An empty directory.
pub(super) fn make_anew(root: &Path) -> Result {
    if root.exists() {
        fs::remove_dir_all(root).map_err(|error| about(root, &error))?;
    }
    fs::create_dir_all(root).map_err(|error| about(root, &error))
}

/// Replaces the contents of the directory by these files.
pub(super) fn write(root: &Path, tree: &Tree) -> Result {
    make_anew(root)?;
    // A directory comes before the files in it.
    for (name, bytes) in tree {
        let path = root.join(name);
        let made = match bytes {
            Some(bytes) => fs::write(&path, bytes),
            None => fs::create_dir(&path),
        };
        made.map_err(|error| about(&path, &error))?;
    }
    Ok(())
}

/// Temporary files that a save has left.
pub(super) fn leftovers(tree: &Tree) -> Vec<String> {
    let names = tree.keys().map(|name| name.display().to_string());
    let is_leftover = |name: &String| name.contains(".steadfast.") && name.ends_with(".tmp");
    names.filter(is_leftover).collect()
}

fn about(path: &Path, error: &std::io::Error) -> Stop {
    Stop::failed(format!("{}: {error}", path.display()))
}
