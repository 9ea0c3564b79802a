//! This machine's file system: every call goes to `platform`, and does nothing besides.

use std::ffi::OsString;
use std::fs::{self, TryLockError};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{Access, Directory, File, FileSystem, Kind, Medium, Visibility, WriteBack};
use crate::platform;
use crate::random::random;

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

/// An open directory of this machine.
#[derive(Debug)]
pub struct NativeDirectory(platform::Directory);

/// What keeps a file's bytes its own when it has lost its name.
#[derive(Debug)]
pub struct NativeHold {
    _held: platform::Hold,
}

/// What this platform keeps of a replaced file.
#[derive(Debug)]
pub struct NativeAttributes(platform::Attributes);

impl FileSystem for Native {
    type Directory = NativeDirectory;
    type File = fs::File;

    const REPLACES_OPEN: bool = platform::REPLACES_OPEN;

    #[inline]
    fn open_directory(&self, path: &Path) -> io::Result<NativeDirectory> {
        platform::Directory::open(path).map(NativeDirectory)
    }

    #[inline]
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    #[inline]
    fn is_there(&self, path: &Path) -> io::Result<bool> {
        match fs::symlink_metadata(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    #[inline]
    fn read_link(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        platform::read_link(path)
    }

    #[cfg(unix)]
    #[inline]
    fn leads_to(&self, path: &Path, target: &Path) -> io::Result<bool> {
        platform::leads_to(path, target)
    }

    #[inline]
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    #[inline]
    fn random(&self) -> u64 {
        random()
    }

    #[inline]
    fn rename_is_undone(error: &io::Error) -> bool {
        platform::rename_is_undone(error)
    }

    #[cfg(target_os = "linux")]
    #[inline]
    fn cannot_write_directly(error: &io::Error) -> bool {
        platform::cannot_write_directly(error)
    }
}

impl Directory for NativeDirectory {
    type File = fs::File;
    type Identity = platform::Identity;
    type Attributes = NativeAttributes;
    type Hold = NativeHold;

    #[inline]
    fn open_directory(&self, below: &Path) -> io::Result<Self> {
        self.0.open_directory(below).map(Self)
    }

    #[inline]
    fn for_its_owner(self) -> io::Result<Self> {
        self.0.for_its_owner().map(Self)
    }

    #[inline]
    fn path(&self) -> &Path {
        self.0.path()
    }

    #[inline]
    fn create_directory(&self, name: &Path) -> io::Result<()> {
        self.0.create_directory(name)
    }

    #[inline]
    fn create_file(&self, name: &Path, visibility: Visibility) -> io::Result<fs::File> {
        self.0.create_file(name, visibility)
    }

    #[inline]
    fn open_or_create_lock(&self, name: &Path) -> io::Result<fs::File> {
        self.0.open_or_create_lock(name)
    }

    #[inline]
    fn open_file(&self, name: &Path, access: Access) -> io::Result<fs::File> {
        self.0.open_file(name, access)
    }

    #[cfg(unix)]
    #[inline]
    fn open_to_lock(&self, name: &Path) -> io::Result<fs::File> {
        self.0.open_to_lock(name)
    }

    #[cfg(unix)]
    #[inline]
    fn is_given_away(&self, target: &Path, file: &fs::File) -> io::Result<bool> {
        self.0.is_given_away(target, file)
    }

    #[inline]
    fn kind(&self, name: &Path) -> io::Result<Option<Kind>> {
        self.0.kind(name)
    }

    #[inline]
    fn leads_to(&self, name: &Path, file: &fs::File) -> io::Result<bool> {
        self.0.leads_to(name, file)
    }

    #[cfg(unix)]
    #[inline]
    fn is_name_of(&self, name: &Path, _file: &fs::File, number: u64) -> io::Result<bool> {
        self.0.is_name_of(name, number)
    }

    #[inline]
    fn names(&self) -> io::Result<Vec<OsString>> {
        self.0.names()
    }

    #[inline]
    fn hold(&self, name: &Path) -> io::Result<Option<NativeHold>> {
        self.0
            .hold(name)
            .map(|held| held.map(|held| NativeHold { _held: held }))
    }

    #[inline]
    fn remove_file(&self, name: &Path) -> io::Result<()> {
        self.0.remove_file(name)
    }

    #[inline]
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    #[inline]
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename_new(from, to)
    }

    #[inline]
    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }

    #[inline]
    fn can_flush(&self) -> bool {
        self.0.can_flush()
    }

    #[cfg(unix)]
    #[inline]
    fn ensure_names_change(&self) -> io::Result<()> {
        self.0.ensure_names_change()
    }

    #[inline]
    fn is_removed(&self) -> bool {
        self.0.is_removed()
    }

    #[inline]
    fn identity(&self) -> io::Result<Self::Identity> {
        self.0.identity()
    }

    #[inline]
    fn shares_file_system(&self, other: &Self) -> io::Result<bool> {
        self.0.shares_file_system(&other.0)
    }

    #[inline]
    fn describe(&self) -> Medium {
        self.0.describe()
    }

    #[inline]
    fn attributes(&self, name: &Path) -> io::Result<Option<NativeAttributes>> {
        let found = platform::Attributes::of(&self.0, name)?;
        Ok(found.map(NativeAttributes))
    }

    #[inline]
    fn renewed(&self, name: &Path, before: NativeAttributes) -> io::Result<NativeAttributes> {
        before.0.renewed(&self.0, name).map(NativeAttributes)
    }

    #[inline]
    fn apply(attributes: &NativeAttributes, file: &fs::File) -> io::Result<()> {
        attributes.0.apply(file)
    }
}

impl File for fs::File {
    #[inline]
    fn kind(&self) -> io::Result<Kind> {
        let metadata = self.metadata()?;
        Ok(if metadata.is_file() {
            Kind::File(metadata.len())
        } else if metadata.is_dir() {
            Kind::Directory
        } else {
            Kind::Other
        })
    }

    #[cfg(unix)]
    #[inline]
    fn number(&self) -> io::Result<u64> {
        use std::os::unix::fs::MetadataExt as _;
        self.metadata().map(|metadata| metadata.ino())
    }

    #[inline]
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        platform::read_at(self, buffer, position)
    }

    #[inline]
    fn read_more(&self, bytes: &mut Vec<u8>, wanted: usize, position: u64) -> io::Result<usize> {
        platform::read_more(self, bytes, wanted, position)
    }

    #[inline]
    fn write_all_at(&self, data: &[u8], position: u64) -> io::Result<()> {
        platform::write_all_at(self, data, position)
    }

    #[cfg(target_os = "linux")]
    #[inline]
    fn open_direct(&self) -> Option<(Self, usize)> {
        platform::open_direct(self)
    }

    #[cfg(target_os = "linux")]
    #[inline]
    fn write_durably_at(&self, data: &[u8], position: u64) -> io::Result<()> {
        platform::write_durably_at(self, data, position)
    }

    #[inline]
    fn write_next(&mut self, data: &[u8]) -> io::Result<()> {
        self.write_all(data)
    }

    #[inline]
    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    #[inline]
    fn write_back(&self, range: Range<u64>, step: WriteBack) -> io::Result<()> {
        platform::write_back(self, range, step)
    }

    #[inline]
    fn flush_data(&self) -> io::Result<()> {
        platform::flush_data(self)
    }

    #[inline]
    fn flush_all(&self) -> io::Result<()> {
        platform::flush_all(self)
    }

    #[inline]
    fn try_lock(&self) -> Result<(), TryLockError> {
        Self::try_lock(self)
    }

    #[inline]
    fn unlock(&self) -> io::Result<()> {
        Self::unlock(self)
    }

    #[inline]
    fn unlock_for_rename(&self) {
        platform::unlock_for_rename(self);
    }

    #[inline]
    fn is_own(&self) -> io::Result<bool> {
        platform::is_own(self)
    }

    #[inline]
    fn is_unlinked(&self) -> io::Result<bool> {
        platform::is_unlinked(self)
    }
}
