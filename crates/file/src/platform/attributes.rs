//! What a save keeps of the file that it replaces: mode, owner, extended attributes.
//!
//! They are set on the open new file before it is published, so that the name never shows a file
//! with the new bytes and the wrong permissions. The order matters: a change of owner clears the
//! set-user-id bits, so it comes before the mode; an access control list rewrites the mode's group
//! bits, so it comes last.
//!
//! What the process is not permitted to set is left out, always towards *less* access: nobody may
//! read the new file who could not read the old one.
//! * Where the group cannot be kept, who was in it is one of the others now, and who is in the new
//!   one was: both get what both had.
//! * Where the access list cannot be kept, or nobody knows whether there is one, see
//!   [`access_list`](super::access_list). The file has that mode before it gets the list, which
//!   brings the old one.
//! * Set-user-id and set-group-id go where the owner is another one.
//!
//! A privileged attribute (`security.*`, `trusted.*`) or a file system without attributes is no
//! reason to refuse a save.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::Stat;
use rustix::io::Errno;
use xattr::FileExt;

use super::access_list::{ACCESS_LIST, mode_without};
use super::unix::{Hold, held_stat_of, is_same, stat_of};
use super::{Access, Directory};

/// What a program may do besides, whoever starts it. Like set-user-id it goes where the owner is
/// another one.
const CAPABILITIES: &str = "security.capability";

/// Mode and owner of a regular file, and the file itself, from which its extended attributes are
/// read when they are wanted.
///
/// It stays open so that it is still the file of its name that is asked later, without looking for
/// it again, and so that its number is no other file's meanwhile.
#[derive(Debug)]
pub(crate) struct Attributes {
    stat: FileStat,
    handle: Handle,
}

/// The file itself.
#[derive(Debug)]
enum Handle {
    Readable(File),
    /// This process may not read the file. The system may tell its access list all the same.
    Held(Hold),
    /// There is no way to hold it.
    Nothing,
}

impl Attributes {
    /// Those of the file `name`; `None` where there is none, or where it is no regular file.
    ///
    /// An error for one that may not be replaced: asked of what they are taken from, so that nobody
    /// can put another file there between the look and the save.
    ///
    /// A file that this process may not read keeps mode, owner and access list only.
    pub(crate) fn of(directory: &Directory, name: &Path) -> io::Result<Option<Self>> {
        let (stat, handle) = match directory.open_file(name, Access::Read) {
            Ok(handle) => (stat_of(&handle)?, Handle::Readable(handle)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => match directory.stat(name) {
                // What cannot be opened and is no file, as a link is none, has nothing to keep.
                Ok(stat) if !stat.is_file() => return Ok(None),
                Ok(stat) if error.kind() == io::ErrorKind::PermissionDenied => {
                    match directory.hold(name)? {
                        // Of what is held: the name may be another file's by now.
                        Some(held) => (held_stat_of(&held)?, Handle::Held(held)),
                        None => (stat, Handle::Nothing),
                    }
                }
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(None),
                _ => return Err(error),
            },
        };
        if !stat.is_file() {
            return Ok(None);
        }
        directory.ensure_may_replace(stat.user)?;
        Ok(Some(Self { stat, handle }))
    }

    /// Those of the file `name` as they are now; where it has gone, those that it had.
    pub(crate) fn renewed(self, directory: &Directory, name: &Path) -> io::Result<Self> {
        match directory.stat(name) {
            Ok(stat)
                if matches!(self.handle, Handle::Readable(_))
                    && is_same(&stat.raw, &self.stat.raw) =>
            {
                directory.ensure_may_replace(stat.user)?;
                Ok(Self { stat, ..self })
            }
            Ok(_) => Ok(Self::of(directory, name)?.unwrap_or(self)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(self),
            Err(error) => Err(error),
        }
    }

    /// Gives them to `file`.
    pub(crate) fn apply(&self, file: &File) -> io::Result<()> {
        let old = &self.stat;
        let extended = match &self.handle {
            Handle::Readable(file) => Extended::of(file)?,
            Handle::Held(held) => Extended {
                access_list: access_list_of(held),
                others: Vec::new(),
            },
            Handle::Nothing => Extended::UNKNOWN,
        };
        let mut new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.user, old.group) {
            if fchown(file, Some(old.user), Some(old.group)).is_err() {
                // Only root gives files away, but whoever belongs to the group may keep that.
                let _ = fchown(file, None, Some(old.group));
            }
            new = file.metadata()?;
        }
        let mut mode = match &extended.access_list {
            AccessList::Absent => old.mode & 0o7777,
            AccessList::Unknown => without_group(old.mode & 0o7777),
            AccessList::Present(list) => mode_without(list, old.mode & 0o7777),
        };
        if new.uid() != old.user {
            mode &= !0o6000;
        }
        if new.gid() != old.group {
            mode = without_group(mode & !0o2000);
        }
        if !is_inherited_access_list_dropped(file)? {
            mode = without_group(mode);
        }
        if new.mode() & 0o7777 != mode {
            let changed = file.set_permissions(Permissions::from_mode(mode));
            // A file system may know no modes, or a filter refuse it. Then the file stays as it was
            // made, unless that lets in somebody whom the old mode did not.
            if new.mode() & 0o077 & !mode == 0 {
                tolerate(changed)?;
            } else {
                changed?;
            }
        }
        if let AccessList::Present(list) = &extended.access_list
            && new.gid() == old.group
        {
            tolerate(file.set_xattr(ACCESS_LIST, list))?;
        }
        let is_same_owner = new.uid() == old.user;
        for (name, value) in &extended.others {
            if is_same_owner || name != CAPABILITIES {
                tolerate(file.set_xattr(name, value))?;
            }
        }
        Ok(())
    }
}

/// What a name or an open file stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileStat {
    pub(super) raw: Stat,
    pub(super) mode: u32,
    pub(super) user: u32,
    pub(super) group: u32,
}

impl FileStat {
    pub(super) const fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

/// The mode for a file where nobody knows who is in its group: group and others get what both had.
pub(super) const fn without_group(mode: u32) -> u32 {
    let both = (mode >> 3) & mode & 0o7;
    (mode & !0o077) | (both << 3) | both
}

/// What is known of a file's access list.
enum AccessList {
    Absent,
    Present(Vec<u8>),
    /// It was not to be read.
    Unknown,
}

/// A file's extended attributes.
struct Extended {
    access_list: AccessList,
    others: Vec<(OsString, Vec<u8>)>,
}

impl Extended {
    const UNKNOWN: Self = Self {
        access_list: AccessList::Unknown,
        others: Vec::new(),
    };

    fn of(file: &File) -> io::Result<Self> {
        let mut extended = Self {
            access_list: AccessList::Absent,
            others: Vec::new(),
        };
        let names = match file.list_xattr() {
            Ok(names) => names,
            // A file system without attributes has no access lists either.
            Err(error) if is_unsupported(&error) => return Ok(extended),
            Err(error) => return tolerate(Err(error)).map(|()| Self::UNKNOWN),
        };
        for name in names {
            let is_access_list = name == ACCESS_LIST;
            match file.get_xattr(&name) {
                Ok(Some(list)) if is_access_list => {
                    extended.access_list = AccessList::Present(list);
                }
                Ok(Some(value)) => extended.others.push((name, value)),
                Ok(None) => {}
                Err(error) => {
                    tolerate(Err(error))?;
                    if is_access_list {
                        extended.access_list = AccessList::Unknown;
                    }
                }
            }
        }
        Ok(extended)
    }
}

/// The access list of a file that this process may not read. Who may reach a file may ask for its
/// list, but not by a handle that is for nothing else.
fn access_list_of(held: &Hold) -> AccessList {
    let path = format!("/proc/self/fd/{}", held.as_raw_fd());
    match xattr::get_deref(path, ACCESS_LIST) {
        Ok(Some(list)) => AccessList::Present(list),
        Ok(None) => AccessList::Absent,
        Err(error) if is_unsupported(&error) => AccessList::Absent,
        Err(_) => AccessList::Unknown,
    }
}

/// A new file inherits the directory's default access list, which may let in whom the old file kept
/// out. Whether it has none now.
pub(super) fn is_inherited_access_list_dropped(file: &File) -> io::Result<bool> {
    match file.get_xattr(ACCESS_LIST) {
        Ok(None) => Ok(true),
        Err(error) if is_unsupported(&error) => Ok(true),
        Ok(Some(_)) | Err(_) => match file.remove_xattr(ACCESS_LIST) {
            Ok(()) => Ok(true),
            refused => tolerate(refused).map(|()| false),
        },
    }
}

/// Whether the file system has no attributes. A filter of system calls may say that there is no
/// such call: that tells nothing.
fn is_unsupported(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOTSUP.raw_os_error())
}

/// Not supported, not permitted and not accepted are no failures of a save; a full disk is.
pub(super) fn tolerate(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::InvalidInput
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}
