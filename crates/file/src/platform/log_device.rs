//! Linux: the devices that a file system has besides the one that it is mounted from: for its log,
//! for the bytes of some of its files.
//!
//! What was flushed may be in the log and nowhere else. xfs and reiserfs name such devices among
//! the options of the mount. ext4 does not; its journals are listed in `/proc/fs/jbd2`, as
//! `sda1-8` where a journal is a file of its file system and as `sdb1` where it is a device, which
//! does not tell whose. So all such devices count for a file system whose journal is no file of
//! its own.

use std::ffi::OsString;
use std::fs::{canonicalize, read_to_string};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::Directory;
use super::medium::{open_path, split};
use super::mounts::Mount;

const NAMED: [&str; 3] = ["logdev=", "rtdev=", "jdev="];

/// The devices of a mount besides `own`, as `/sys` shows them; `None` for each that is not to be
/// seen.
pub(super) fn besides(mount: &Mount, own: &[PathBuf]) -> Vec<Option<PathBuf>> {
    let mut found: Vec<_> = { mount.values_of(&NAMED) }
        .iter()
        .map(|path| block_device(path).flatten())
        .collect();
    if matches!(mount.kind.as_str(), "ext3" | "ext4") {
        for device in own {
            let name = device.file_name().unwrap_or_default().to_string_lossy();
            found.extend(journals(&name, Path::new("/")));
        }
    }
    found
}

/// The block device at `path`, as `/sys` shows it, or `None` inside where it does not; `None` where
/// there is none.
pub(super) fn block_device(path: &Path) -> Option<Option<PathBuf>> {
    let found = open_path(path)?.metadata().ok()?;
    found.file_type().is_block_device().then(|| {
        let (major, minor) = split(found.rdev());
        canonicalize(format!("/sys/dev/block/{major}:{minor}")).ok()
    })
}

/// The devices that may be the journal of the ext4 on the device of this name.
fn journals(name: &str, root: &Path) -> Vec<Option<PathBuf>> {
    let task = root.join("sys/fs/ext4").join(name).join("journal_task");
    if read_to_string(task).is_ok_and(|task| task.trim() == "<none>") {
        return Vec::new();
    }
    let listed = Directory::open(&root.join("proc/fs/jbd2")).and_then(|listed| listed.names());
    let Ok(listed) = listed else {
        return vec![None];
    };
    let is_own = |journal: &OsString| {
        let number = { journal.to_str() }
            .and_then(|journal| journal.strip_prefix(name))
            .and_then(|rest| rest.strip_prefix('-'));
        number.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
    };
    if listed.iter().any(is_own) {
        return Vec::new();
    }
    let devices = listed
        .iter()
        .filter_map(|journal| canonicalize(root.join("sys/class/block").join(journal)).ok());
    let devices: Vec<_> = devices.map(Some).collect();
    if devices.is_empty() {
        return vec![None];
    }
    devices
}

#[cfg(test)]
#[path = "../../tests/inside/a_journal_that_is_no_file_is_any_device_that_is_one.rs"]
mod a_journal_that_is_no_file_is_any_device_that_is_one;
