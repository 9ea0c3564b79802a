//! Temporary files that a killed save left behind: their names, and who may remove them.
//!
//! The maker of a temporary file holds its lock for as long as it lives, so a file without a lock
//! is a leftover. In a store they are looked for at open, under the store's lock; one with a lock
//! is there a save of a writer that was overtaken, and must not be published any more. Beside a
//! file of the user's there is no such moment, and to read the directory at each save would make
//! one in `/tmp` slow. So the names there follow from the target's: the next save of the same file
//! meets what was left under the name that it wants itself, and looks under the few others. More
//! saves of one file than that at the same time go on under random names, and what is left under
//! those stays.
//!
//! Who comes from outside of a store removes only a regular file of its own user's, whose lock it
//! holds, and whose name still leads to it. What root's save has given to the owner of the file
//! that it replaces counts as root's own. The last is what makes names that are used again safe:
//! two that open the same leftover do not both remove the name, which is a living save's by the
//! time of the second.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use crate::simulation::{Directory, File, FileSystem, Kind};

const PREFIX: &str = ".steadfast.";
const SUFFIX: &str = ".tmp";
const DIGITS_LEN: usize = 16;

/// So many saves of one file at a time leave nothing that the next one does not find. Each name
/// costs every save a look, of about two microseconds.
pub(crate) const NAMES_OF_A_TARGET: u8 = 4;

/// Whether a name is one of ours for temporary files.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(SUFFIX))
        .is_some_and(|digits| {
            digits.len() == DIGITS_LEN
                && digits
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
}

/// A name for a temporary file.
pub(crate) fn temporary_name(number: u64) -> PathBuf {
    PathBuf::from(format!("{PREFIX}{number:016x}{SUFFIX}"))
}

/// The names for temporary files of saves of this target. Other targets may have the same: locks
/// tell whose they are.
pub(crate) fn names_of(target: &Path) -> impl Iterator<Item = PathBuf> {
    // FNV-1a: the same in every build, so that a newer program finds what an older one left.
    let bytes = target.as_os_str().as_encoded_bytes();
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (0..NAMES_OF_A_TARGET).map(move |index| temporary_name((hash & !0xf) | u64::from(index)))
}

/// Removes what a crashed save left under `name`. If its maker is alive, it `stays` or goes. For
/// who keeps others out of the directory.
pub(crate) fn remove_leftover(
    directory: &impl Directory,
    name: &Path,
    stays: impl FnOnce() -> io::Result<bool>,
) -> io::Result<()> {
    if !matches!(directory.kind(name)?, Some(Kind::File(_))) {
        return Ok(());
    }
    let lock = match directory.open_to_lock(name) {
        Ok(file) => match file.try_lock() {
            Err(TryLockError::WouldBlock) if stays()? => return Ok(()),
            _ => Some(file),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // Not ours to read, but the directory's owner may still remove it.
        Err(_) => None,
    };
    let done = directory.remove_file(name);
    drop(lock);
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Removes what a killed save of the same target left under `name`, and says whether it did. Where
/// anything is in doubt, it stays.
pub(crate) fn remove_if_left<D: Directory>(directory: &D, target: &Path, name: &Path) -> bool {
    let is_file = matches!(directory.kind(name), Ok(Some(Kind::File(_))));
    let opened = is_file.then(|| directory.open_to_lock(name));
    // The lock is held until the name is gone.
    matches!(opened, Some(Ok(file)) if is_left(directory, target, name, &file) && directory.remove_file(name).is_ok())
}

/// Locks a file, and says whether its maker is dead, it is this user's, and the name still stands
/// for it.
fn is_left<D: Directory>(directory: &D, target: &Path, name: &Path, file: &D::File) -> bool {
    let is_own = || file.is_own().unwrap_or(false);
    let is_given_away = || directory.is_given_away(target, file).unwrap_or(false);
    matches!(file.kind(), Ok(Kind::File(_)))
        && (is_own() || is_given_away())
        && file.try_lock().is_ok()
        && directory.leads_to(name, file).unwrap_or(false)
}

/// Removes what killed saves of `target` left, but for the file `kept`.
pub(crate) fn remove_left_beside<F: FileSystem>(
    directory: &F::Directory,
    target: &Path,
    kept: &Path,
) {
    for name in names_of(target).filter(|name| name != kept) {
        remove_if_left(directory, target, &name);
    }
}

#[cfg(all(test, unix))]
#[path = "../tests/inside/a_name_that_a_living_save_took_is_not_removed.rs"]
mod a_name_that_a_living_save_took_is_not_removed;
