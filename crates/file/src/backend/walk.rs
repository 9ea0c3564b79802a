//! What lies below a directory: the keys, the temporary files, the directories themselves.
//!
//! Only names that parse as a [`Key`] count; everything else in a directory is someone else's and
//! is neither shown nor entered. So is a symbolic link, a pipe or a device: what a link leads to is
//! outside of the store, and a clean-up there would be in somebody else's files. But under a name
//! that a store needs, and at the place where the walk begins, it is an error that names it: a
//! folder that was moved to another disk and linked must not look empty. A disk that is mounted
//! there is walked; each directory is entered once.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use steadfast_core::{Entry, Key, Result};

use crate::error::{failed, in_the_way, is_absence, removed};
use crate::leftovers::is_temporary;
use crate::simulation::{Directory, Kind};

/// The folders that a store keeps itself in.
pub(super) const FOLDERS: [&str; 3] = ["manifest", "snapshot", "wal"];

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
        match folder.directory.kind(Path::new(found))? {
            Some(Kind::File(len)) => folder.entries.push(Entry { key, len }),
            Some(Kind::Directory) => folder.folders.push(full),
            Some(kind @ (Kind::Link | Kind::Other)) if is_needed(&full) => {
                return Err(in_the_way(Path::new(found), kind));
            }
            Some(Kind::Link | Kind::Other) | None => {}
        }
    }
    Ok(folder)
}

/// Whether a store cannot do without what has this name: without the newest file in one of its
/// folders it would look older than it is.
fn is_needed(name: &str) -> bool {
    let (folder, number) = name.split_once('/').unwrap_or((name, ""));
    let is_number = number.len() == 16 && number.bytes().all(|digit| digit.is_ascii_hexdigit());
    FOLDERS.contains(&folder) && (number.is_empty() || is_number)
}
