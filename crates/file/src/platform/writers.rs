//! Whoever may write a directory may lock a file in it, and nobody else may.
//!
//! flock(2) gives an exclusive lock to whoever may open the file, be it for reading. A lock's file
//! that others may read is a lock that others may hold. So each class of users (owner, group,
//! others; those whom an access list names) gets the file for reading and writing where it may
//! write the directory, and nothing otherwise.
//!
//! A file that was found is only narrowed. Somebody who may write the directory can have put a
//! second name of another file there, which must let in nobody new.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

use xattr::FileExt;

use super::access_list::{ACCESS_LIST, list_for_writers, mode_without};
use super::attributes::{is_inherited_access_list_dropped, tolerate, without_group};

/// Its owner may give any file any rights.
const OWNER: u32 = 0o600;

/// Who may write a directory, as the rights of a file.
struct Writers {
    mode: u32,
    group: u32,
    access_list: Option<Vec<u8>>,
}

impl Writers {
    fn of(directory: &File) -> io::Result<Self> {
        let found = directory.metadata()?;
        let may_write = found.mode() & 0o022;
        let mode = OWNER | (may_write << 1) | may_write;
        let list = directory.get_xattr(ACCESS_LIST).unwrap_or(None);
        // One that is not understood gives nobody but the owner anything.
        let access_list = list
            .as_deref()
            .map(|list| list_for_writers(list).unwrap_or_default());
        Ok(Self {
            mode,
            group: found.gid(),
            access_list,
        })
    }

    /// The rights of a file without an access list.
    fn mode_without_list(&self, group: u32) -> u32 {
        let mode = match &self.access_list {
            Some(list) => mode_without(list, self.mode),
            None => self.mode,
        };
        if group == self.group {
            mode
        } else {
            without_group(mode)
        }
    }
}

/// Gives a new file, which nobody but its owner may open yet, to whoever may write the directory.
pub(super) fn let_in(directory: &File, file: &File) -> io::Result<()> {
    let writers = Writers::of(directory)?;
    let mut group = file.metadata()?.gid();
    if group != writers.group && fchown(file, None, Some(writers.group)).is_ok() {
        group = writers.group;
    }
    let mut mode = writers.mode_without_list(group);
    if !is_inherited_access_list_dropped(file)? {
        mode = without_group(mode);
    }
    tolerate(file.set_permissions(Permissions::from_mode(mode)))?;
    match &writers.access_list {
        Some(list) if group == writers.group && !list.is_empty() => {
            tolerate(file.set_xattr(ACCESS_LIST, list))
        }
        _ => Ok(()),
    }
}

/// Shuts out of a file that was found whoever may not write the directory, where this process may
/// do that.
pub(super) fn shut_out_others(directory: &File, file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    let writers = Writers::of(directory)?;
    let has_list = matches!(file.get_xattr(ACCESS_LIST), Ok(Some(_)));
    let allowed = if has_list && writers.access_list.is_some() {
        // The group's bits are the most that the list gives.
        writers.mode
    } else {
        writers.mode_without_list(found.gid())
    };
    let mode = found.mode() & 0o7777;
    if mode & !allowed == 0 {
        return Ok(());
    }
    tolerate(file.set_permissions(Permissions::from_mode(mode & allowed)))
}
