//! What lies below a directory: the keys, the temporary files, the directories themselves.
//!
//! Only names that parse as a [`Key`] count; everything else in a directory is someone else's and is neither shown nor
//! entered. Symbolic links are followed, so that a folder that was moved to another disk does not look empty; each directory is
//! entered once, whatever number of links lead to it, so a circle of links ends.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use steadfast_core::{Entry, Key, Result};

use crate::error::{failed, is_absence, removed};
use crate::simulation::{Directory, Kind, Links};
use crate::temporary::is_temporary;

/// One directory of the walk.
#[derive(Debug)]
pub(super) struct Folder<D> {
    /// Its name relative to the root, empty for the root itself.
    pub(super) name: String,
    pub(super) directory: D,
    /// The keys in it, in no order.
    pub(super) entries: Vec<Entry>,
    /// The temporary files in it.
    pub(super) temporaries: Vec<String>,
    folders: Vec<String>,
}

/// What to do about a folder that may not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is an error: the answer would be incomplete.
    Fails,
    /// It cannot concern this program.
    PassedOver,
}

/// Visits `start` and every folder below it. A folder that vanishes meanwhile is passed over.
pub(super) fn walk<D: Directory>(
    root: &D,
    start: &str,
    unreadable: Unreadable,
    mut visit: impl FnMut(Folder<D>) -> Result<()>,
) -> Result<()> {
    let mut entered = HashSet::new();
    let mut pending = vec![start.to_owned()];
    while let Some(name) = pending.pop() {
        let opened = root.open_directory(Path::new(&name));
        let place = root.path().join(&name);
        let listed = opened.and_then(|directory| {
            let is_new = entered.insert(directory.identity()?);
            if is_new {
                look(directory, name).map(Some)
            } else {
                Ok(None)
            }
        });
        match listed {
            Ok(Some(mut folder)) => {
                pending.append(&mut folder.folders);
                visit(folder)?;
            }
            Ok(None) => {}
            Err(error) if is_absence(&error) => {}
            Err(error)
                if unreadable == Unreadable::PassedOver
                    && error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) => return Err(failed("list", &place, error)),
        }
    }
    // An empty answer is only an answer while the directory is there.
    if root.is_removed() {
        Err(removed(root.path()))
    } else {
        Ok(())
    }
}

fn look<D: Directory>(directory: D, name: String) -> io::Result<Folder<D>> {
    let mut folder = Folder {
        entries: Vec::new(),
        temporaries: Vec::new(),
        folders: Vec::new(),
        name,
        directory,
    };
    for found in folder.directory.names()? {
        let Some(found) = found.to_str() else {
            continue;
        };
        if is_temporary(found) {
            folder.temporaries.push(found.to_owned());
            continue;
        }
        let full = if folder.name.is_empty() {
            found.to_owned()
        } else {
            format!("{}/{found}", folder.name)
        };
        let Ok(key) = Key::new(&full) else { continue };
        match folder.directory.kind(Path::new(found), Links::Follow)? {
            Some(Kind::File(len)) => folder.entries.push(Entry { key, len }),
            Some(Kind::Directory) => folder.folders.push(full),
            Some(Kind::Other) | None => {}
        }
    }
    Ok(folder)
}
