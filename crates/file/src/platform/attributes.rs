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

use xattr::FileExt;

use super::{Access, Directory, Kind, Links};

/// Where Linux shows a file's access control list.
const ACCESS_LIST: &str = "system.posix_acl_access";

/// Mode, owner and extended attributes of a regular file.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    mode: u32,
    user: u32,
    group: u32,
    extended: Vec<(OsString, Vec<u8>)>,
}

impl Attributes {
    /// Those of the file `name`; `None` where there is none, or where it is no regular file.
    ///
    /// A file that this process may not read keeps mode and owner only.
    pub(crate) fn of(directory: &Directory, name: &Path) -> io::Result<Option<Self>> {
        if !matches!(directory.kind(name, Links::Keep)?, Some(Kind::File(_))) {
            return Ok(None);
        }
        match directory.open_file(name, Access::Read) {
            Ok(file) => {
                let metadata = file.metadata()?;
                Ok(Some(Self {
                    mode: metadata.mode(),
                    user: metadata.uid(),
                    group: metadata.gid(),
                    extended: extended_of(&file)?,
                }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let stat = directory.stat(name)?;
                Ok(Some(Self {
                    mode: stat.0,
                    user: stat.1,
                    group: stat.2,
                    extended: Vec::new(),
                }))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives them to `file`.
    pub(crate) fn apply(&self, file: &File) -> io::Result<()> {
        let mut new = file.metadata()?;
        if (new.uid(), new.gid()) != (self.user, self.group) {
            if fchown(file, Some(self.user), Some(self.group)).is_err() {
                // Only root gives files away, but whoever belongs to the group may keep that.
                let _ = fchown(file, None, Some(self.group));
            }
            new = file.metadata()?;
        }
        let keeps_access_list = new.gid() == self.group;
        let kept = |name: &OsString| keeps_access_list || name != ACCESS_LIST;
        if !self
            .extended
            .iter()
            .any(|(name, _)| name == ACCESS_LIST && kept(name))
        {
            drop_inherited_access_list(file)?;
        }
        let mode = self.mode_for(new.uid(), new.gid());
        if new.mode() & 0o7777 != mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        for (name, value) in self.extended.iter().filter(|(name, _)| kept(name)) {
            tolerate(file.set_xattr(name, value))?;
        }
        Ok(())
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
