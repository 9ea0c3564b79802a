//! What a save keeps of the file that it replaces: mode, owner, extended attributes.
//!
//! They are set on the open new file before it is published, so that the name never shows a file with the new bytes
//! and the wrong permissions. The order matters: a change of owner clears the set-user-id bits, so it comes before the
//! mode; an access control list rewrites the mode's group bits, so it comes last.
//!
//! What the process is not permitted to set is left out, always towards *less* access: where the group cannot be kept, the
//! new file's group gets what others had, and no access list. A privileged attribute (`security.*`, `trusted.*`) or a file
//! system without attributes is no reason to refuse a save.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::Stat;
use xattr::FileExt;

use super::unix::{is_same, stat_of};
use super::{Access, Directory};

/// Where Linux shows a file's access control list.
const ACCESS_LIST: &str = "system.posix_acl_access";

/// Mode and owner of a regular file, and the file itself, from which its extended attributes are read when they are wanted.
///
/// It stays open so that it is still the file of its name that is asked later, without looking for it again, and so that its number
/// is no other file's meanwhile.
#[derive(Debug)]
pub(crate) struct Attributes {
    stat: FileStat,
    /// `None` where this process may not read the file.
    handle: Option<File>,
}

impl Attributes {
    /// Those of the file `name`; `None` where there is none, or where it is no regular file.
    ///
    /// A file that this process may not read keeps mode and owner only.
    pub(crate) fn of(directory: &Directory, name: &Path) -> io::Result<Option<Self>> {
        let (stat, handle) = match directory.open_file(name, Access::Read) {
            Ok(handle) => (stat_of(&handle)?, Some(handle)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => match directory.stat(name) {
                // What cannot be opened and is no file, as a link is none, has nothing to keep.
                Ok(stat) if !stat.is_file() => return Ok(None),
                Ok(stat) if error.kind() == io::ErrorKind::PermissionDenied => (stat, None),
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(None),
                _ => return Err(error),
            },
        };
        Ok(stat.is_file().then_some(Self { stat, handle }))
    }

    /// Those of the file `name` as they are now; where it has gone, those that it had.
    pub(crate) fn renewed(self, directory: &Directory, name: &Path) -> io::Result<Self> {
        match directory.stat(name) {
            Ok(stat) if self.handle.is_some() && is_same(&stat.raw, &self.stat.raw) => {
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
        let extended = self.handle.as_ref().map_or(Ok(Vec::new()), extended_of)?;
        let mut new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.user, old.group) {
            if fchown(file, Some(old.user), Some(old.group)).is_err() {
                // Only root gives files away, but whoever belongs to the group may keep that.
                let _ = fchown(file, None, Some(old.group));
            }
            new = file.metadata()?;
        }
        let keeps_access_list = new.gid() == old.group;
        let kept = |name: &OsString| keeps_access_list || name != ACCESS_LIST;
        if !extended
            .iter()
            .any(|(name, _)| name == ACCESS_LIST && kept(name))
        {
            drop_inherited_access_list(file)?;
        }
        let mode = old.mode_for(new.uid(), new.gid());
        if new.mode() & 0o7777 != mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        for (name, value) in extended.iter().filter(|(name, _)| kept(name)) {
            tolerate(file.set_xattr(name, value))?;
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
    fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// The mode for a file that ended up with this owner.
    fn mode_for(&self, user: u32, group: u32) -> u32 {
        let mut mode = self.mode & 0o7777;
        if user != self.user {
            mode &= !0o4000;
        }
        if group != self.group {
            let others = mode & 0o007;
            mode = (mode & !0o2070) | (mode & (others << 3));
        }
        mode
    }
}

/// A new file inherits the directory's default access list, which may let in whom the old file kept out.
fn drop_inherited_access_list(file: &File) -> io::Result<()> {
    match file.get_xattr(ACCESS_LIST) {
        Ok(Some(_)) => tolerate(file.remove_xattr(ACCESS_LIST)),
        _ => Ok(()),
    }
}

fn extended_of(file: &File) -> io::Result<Vec<(OsString, Vec<u8>)>> {
    let names = match file.list_xattr() {
        Ok(names) => names,
        Err(error) => return tolerate(Err(error)).map(|()| Vec::new()),
    };
    let mut extended = Vec::new();
    for name in names {
        match file.get_xattr(&name) {
            Ok(Some(value)) => extended.push((name, value)),
            Ok(None) => {}
            Err(error) => tolerate(Err(error))?,
        }
    }
    Ok(extended)
}

/// Not supported and not permitted are no failures of a save; a full disk is.
fn tolerate(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}
