//! Opening a directory as a store.
//!
//! Creation is a save too: a crash at any instant of it leaves nothing or something that opens.
//! 1. Missing directories are made.
//! 2. What is there is looked at, and refused before anything in it is changed.
//! 3. Where there is no lock file yet, the name of every directory above is made durable. The lock
//!    file comes after, so where it is, that was done, also by a predecessor that was killed
//!    half-way.
//! 4. The lock is taken.
//! 5. Under the lock every folder is settled: leftovers of crashed saves are removed and the folder
//!    is flushed, so that what this handle sees is durable before anyone builds on it. A save whose
//!    outcome was unknown is resolved by this. One that a writer still has in hand is a leftover
//!    too: that writer was overtaken, it may have looked at its claim just before, and without the
//!    temporary file its rename fails. Only who shares the directory with others (`adopt`) leaves
//!    those alone.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use steadfast_core::{Key, PersistenceError, Result, Survives};

use super::bystander::is_bystander;
use super::claim::Claim;
use super::folders::Folders;
use super::last_read::LastRead;
use super::lock::{LOCK, Lock};
use super::pace::Appends;
use super::shared::{Access, Shared};
use super::streams::Streams;
use super::walk::{FOLDERS, Unreadable, walk};
use crate::error::failed;
use crate::leftovers::remove_leftover;
use crate::simulation::{Directory, FileSystem, Kind, Medium};
use crate::temporary::NameTurn;

/// What a store always has besides its lock.
const MANIFEST: &str = "manifest";

/// Whether foreign files are a reason to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    Refused,
    Welcome,
}

/// Opens for writing.
pub(super) fn open_for_writing<F: FileSystem>(
    system: F,
    path: &Path,
    foreign: Foreign,
) -> Result<Shared<F>> {
    let (root, created) = open_or_create(&system, path)?;
    if foreign == Foreign::Refused {
        refuse_foreign(&root)?;
    }
    root.ensure_names_change()
        .map_err(|error| failed("write to", root.path(), error))?;
    if !is_there(&root, LOCK)? {
        flush_ancestors(&system, &root, created)?;
    }
    let lock = Lock::acquire(&system, &root)?;
    let folders = Folders::default();
    settle(&root, lock.claim(), &folders, foreign)?;
    Ok(shared(system, root, Access::Write(lock), folders))
}

/// Opens for reading: nothing is locked, created or cleaned.
pub(super) fn open_for_reading<F: FileSystem>(system: F, path: &Path) -> Result<Shared<F>> {
    match system.open_directory(path) {
        Ok(root) => Ok(shared(system, root, Access::Read, Folders::default())),
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && !matches!(system.is_there(path), Ok(true)) =>
        {
            Err(PersistenceError::NoStore {
                place: path.display().to_string(),
            })
        }
        Err(error) => Err(unfit(path, error)),
    }
}

fn shared<F: FileSystem>(
    system: F,
    root: F::Directory,
    access: Access<F>,
    folders: Folders,
) -> Shared<F> {
    let file_system = medium_of(&root);
    let is_durable = file_system.outlives_power && root.can_flush();
    Shared {
        survives: if is_durable {
            Survives::PowerLoss
        } else {
            Survives::ProcessCrash
        },
        caches_apart: !is_seen_at_once(&file_system.name),
        file_system: file_system.name,
        streams: Streams::default(),
        last_read: LastRead::default(),
        appends: Appends::default(),
        name_turn: NameTurn::default(),
        root: Arc::new(root),
        folders,
        access,
        system,
    }
}

/// Whether what is written to a file is seen at once by everybody on this machine, whatever mount
/// they came by: so it is where all mounts share one cache. FUSE, network file systems and those
/// that nobody knows may keep it to themselves until a flush.
fn is_seen_at_once(file_system: &str) -> bool {
    let kind = file_system.split([' ', ',']).next().unwrap_or_default();
    let known = [
        "apfs", "bcachefs", "btrfs", "exfat", "ext4", "f2fs", "hfs", "overlay", "ramfs",
        "reiserfs", "tmpfs", "vfat", "xfs", "zfs", "NTFS", "ReFS",
    ];
    known.contains(&kind)
}

/// The file system of the directory; with the one of a store's folder that is on another, where
/// that survives less.
fn medium_of(root: &impl Directory) -> Medium {
    let mut medium = root.describe();
    for folder in FOLDERS {
        if !medium.outlives_power {
            break;
        }
        let Ok(directory) = root.open_directory(Path::new(folder)) else {
            continue;
        };
        if matches!(directory.shares_file_system(root), Ok(false)) {
            let other = directory.describe();
            if !other.outlives_power {
                medium.name += &format!(", with `{folder}` on {}", other.name);
                medium.outlives_power = false;
            }
        }
    }
    medium
}

fn unfit(path: &Path, error: io::Error) -> PersistenceError {
    let found = match error.kind() {
        io::ErrorKind::NotADirectory => "a file, not a directory",
        // It was there a moment ago.
        io::ErrorKind::NotFound => "a symbolic link that leads nowhere",
        _ => return failed("open", path, error),
    };
    PersistenceError::NotAStore {
        place: path.display().to_string(),
        found: found.to_owned(),
    }
}

/// The directory, and how many levels of it were made here.
fn open_or_create<F: FileSystem>(system: &F, path: &Path) -> Result<(F::Directory, usize)> {
    let mut missing: Vec<PathBuf> = Vec::new();
    let mut level = Some(path);
    while let Some(path) = level.filter(|path| !path.as_os_str().is_empty()) {
        match system.is_there(path) {
            Ok(false) => missing.push(path.to_owned()),
            Ok(true) => break,
            Err(error) => return Err(unfit(path, error)),
        }
        level = path.parent();
    }
    for path in missing.iter().rev() {
        match system.create_directory(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed("create the directory", path, error));
            }
            _ => {}
        }
    }
    let root = system
        .open_directory(path)
        .and_then(Directory::for_its_owner)
        .map_err(|error| unfit(path, error))?;
    Ok((root, missing.len()))
}

/// Makes the names of the directories above durable, up to the top of the file system.
///
/// The parents of those that were made here must be flushed; the others are flushed where that is
/// permitted, for they may be what a predecessor made before it was killed.
fn flush_ancestors<F: FileSystem>(system: &F, root: &F::Directory, created: usize) -> Result<()> {
    let real = system
        .canonicalize(root.path())
        .map_err(|error| failed("find", root.path(), error))?;
    for (distance, path) in real.ancestors().skip(1).enumerate() {
        let flushed = system.open_directory(path).and_then(|parent| {
            let is_concerned = parent.shares_file_system(root)?;
            if is_concerned {
                parent.flush().map(|()| true)
            } else {
                Ok(false)
            }
        });
        match flushed {
            Ok(true) => {}
            Ok(false) => break,
            Err(error)
                if distance >= created && error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) => return Err(failed("flush", path, error)),
        }
    }
    Ok(())
}

fn is_there(root: &impl Directory, name: &str) -> Result<bool> {
    match root.kind(Path::new(name)) {
        Ok(kind) => Ok(kind.is_some()),
        Err(error) => Err(failed("look at", &root.path().join(name), error)),
    }
}

/// Refuses a directory with things in it that is no store, or one whose folders have other names
/// now: beside them a new one would begin, empty.
fn refuse_foreign(root: &impl Directory) -> Result<()> {
    let is_locked = || is_there(root, LOCK);
    let found = between_equal_looks(is_locked, |is_locked| {
        let manifest = root.kind(Path::new(MANIFEST));
        let has_manifests = matches!(manifest, Ok(Some(Kind::Directory)));
        Ok(match (is_locked, has_manifests) {
            (true, true) => None,
            (false, true) => foreign_in_manifest(root).map(|name| format!("{MANIFEST}/{name}")),
            // The lock was made by a backend, which has keys of any name.
            (true, false) => first_name(root, |name| is_renamed_folder(root, name))?,
            (false, false) => first_name(root, |name| !is_bystander(name))?,
        })
    })?;
    match found {
        None => Ok(()),
        Some(name) => Err(PersistenceError::NotAStore {
            place: root.path().display().to_string(),
            found: format!("`{name}`"),
        }),
    }
}

/// What was found, with the lock as it was before and after. Another process may begin the store
/// meanwhile: it makes the lock first, so what it made after that is looked at once more.
fn between_equal_looks(
    mut is_locked: impl FnMut() -> Result<bool>,
    mut find: impl FnMut(bool) -> Result<Option<String>>,
) -> Result<Option<String>> {
    let mut before = is_locked()?;
    loop {
        let found = find(before)?;
        if found.is_none() {
            return Ok(None);
        }
        let after = is_locked()?;
        if after == before {
            return Ok(found);
        }
        before = after;
    }
}

/// The first name in the order of names that is meant.
fn first_name(root: &impl Directory, is_meant: impl Fn(&str) -> bool) -> Result<Option<String>> {
    let names = root
        .names()
        .map_err(|error| failed("list", root.path(), error))?;
    let names = names.iter().map(|name| name.to_string_lossy().into_owned());
    Ok(names.filter(|name| is_meant(name)).min())
}

/// Whether this is a store's folder under a name that no key has: in capitals, as file systems
/// without small letters give it back, or with what people and desktops put behind it, as in
/// `manifest (copy)`.
fn is_renamed_folder(root: &impl Directory, name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    let is_one = FOLDERS.iter().any(|folder| small.starts_with(folder));
    is_one
        && name.parse::<Key>().is_err()
        && matches!(root.kind(Path::new(name)), Ok(Some(Kind::Directory)))
}

/// What is in a folder called `manifest` that is no store's: a number of sixteen digits names each
/// manifest of one.
fn foreign_in_manifest(root: &impl Directory) -> Option<String> {
    let names = root
        .open_directory(Path::new(MANIFEST))
        .and_then(|d| d.names());
    let is_manifest = |name: &str| name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let mut names: Vec<String> = names
        .unwrap_or_default()
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !is_bystander(name))
        .collect();
    names.sort();
    if names.iter().any(|name| is_manifest(name)) {
        return None;
    }
    names.into_iter().next()
}

fn settle<F: FileSystem>(
    root: &F::Directory,
    claim: &Claim<F>,
    folders: &Folders,
    foreign: Foreign,
) -> Result<()> {
    walk(root, "", Unreadable::PassedOver, |folder| {
        for name in &folder.temporaries {
            // It may be a successor's, who has a save in hand.
            claim.ensure_held()?;
            let stays = || Ok(foreign == Foreign::Welcome || is_nested(root, &folder.name)?);
            match remove_leftover(&folder.directory, Path::new(name), stays) {
                // Another user's: it is not shown, so it does no harm.
                Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                    let place = folder.directory.path().join(name);
                    return Err(failed("clean up", &place, error));
                }
                _ => {}
            }
        }
        folder
            .directory
            .flush()
            .map_err(|error| failed("flush", folder.directory.path(), error))?;
        folders.settled(&folder.name);
        Ok(())
    })
}

/// Whether the folder belongs to another store, below this one.
fn is_nested(root: &impl Directory, folder: &str) -> io::Result<bool> {
    for level in Path::new(folder).ancestors() {
        if !level.as_os_str().is_empty() && root.kind(&level.join(LOCK))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
#[path = "../../tests/inside/a_store_that_another_one_begins_is_no_strangers.rs"]
mod a_store_that_another_one_begins_is_no_strangers;
