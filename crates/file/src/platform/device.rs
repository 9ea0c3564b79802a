//! Linux: what a block device keeps its blocks in, as `/sys` shows it.

use std::ffi::OsString;
use std::fs::{canonicalize, read, read_link};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Directory;
use super::log_device::{besides, block_device};
use super::loop_device::is_file_of;
use super::medium::{open_path, split};
use super::mounts::Mount;

/// What a block device keeps its blocks in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Device {
    Disk,
    Memory,
    /// A file, by its path where that is to be seen.
    File(Option<PathBuf>),
}

/// What a file system's devices are made of; nothing where they are not to be seen. One with a
/// number of its own (btrfs) is asked for the device that it was mounted from.
pub(super) fn devices_of(own: Option<(u32, u32)>, mount: &Mount, depth: usize) -> Vec<Device> {
    let Some(main) = shown(own, mount) else {
        return Vec::new();
    };
    let besides = besides(mount, &main);
    let all = main.into_iter().map(Some).chain(besides);
    all.flat_map(|shown| parts_of_seen(shown, depth)).collect()
}

fn shown(own: Option<(u32, u32)>, mount: &Mount) -> Option<Vec<PathBuf>> {
    let (major, minor) = match own? {
        (0, _) => {
            let source = open_path(Path::new(&mount.source))?;
            split(source.metadata().ok()?.rdev())
        }
        own => own,
    };
    let link = format!("/sys/dev/block/{major}:{minor}");
    if mount.kind == "btrfs" {
        let first = canonicalize(link).ok()?;
        let all = beside(Path::new("/sys/fs/btrfs"), &first);
        return Some(all.unwrap_or_else(|| vec![first]));
    }
    // One call for most machines.
    let shown = read_link(&link).ok()?;
    if is_hardware(&shown) {
        return Some(vec![shown]);
    }
    canonicalize(link).ok().map(|device| vec![device])
}

/// All devices of the btrfs that has this one: it may keep what is written on any of them.
fn beside(file_systems: &Path, device: &Path) -> Option<Vec<PathBuf>> {
    names_in(file_systems)
        .into_iter()
        .map(|one| linked(&file_systems.join(one).join("devices")))
        .find(|devices| devices.iter().any(|one| one == device))
}

/// What the links in a folder lead to.
fn linked(folder: &Path) -> Vec<PathBuf> {
    names_in(folder)
        .into_iter()
        .filter_map(|link| canonicalize(folder.join(link)).ok())
        .collect()
}

/// The names in a folder; none where they are not to be seen.
fn names_in(folder: &Path) -> Vec<OsString> {
    Directory::open(folder)
        .and_then(|folder| folder.names())
        .unwrap_or_default()
}

/// Whether what the system shows under this path is a disk of the machine's, or a partition of one.
/// The kernel's own test disks (`pseudo`) are memory.
fn is_hardware(shown: &Path) -> bool {
    !shown
        .iter()
        .any(|part| part == "virtual" || part.as_bytes().starts_with(b"pseudo_"))
}

fn parts_of_seen(shown: Option<PathBuf>, depth: usize) -> Vec<Device> {
    shown.map_or_else(|| vec![Device::File(None)], |shown| parts_of(&shown, depth))
}

/// All that a device is made of, down to what is made of nothing else.
fn parts_of(shown: &Path, depth: usize) -> Vec<Device> {
    let below = depth.checked_sub(1);
    let whole = match one_of(shown) {
        // A loop device on a device: its node may be on any file system.
        Ok(Device::File(Some(file))) => {
            return match (block_device(&file), below) {
                (None, _) => vec![Device::File(Some(file))],
                (Some(device), Some(depth)) => parts_of_seen(device, depth),
                (Some(_), None) => vec![Device::File(None)],
            };
        }
        Ok(device) => return vec![device],
        Err(whole) => whole,
    };
    let Some(depth) = below else {
        return vec![Device::File(None)];
    };
    let parts = linked(&whole.join("slaves"));
    if parts.is_empty() {
        return vec![Device::Disk];
    }
    parts
        .iter()
        .flat_map(|part| parts_of(part, depth))
        .collect()
}

/// What a device is that is not made of others; else where what it is made of is shown.
fn one_of(shown: &Path) -> Result<Device, PathBuf> {
    if is_hardware(shown) {
        return Ok(Device::Disk);
    }
    if !shown.iter().any(|part| part == "virtual") {
        return Ok(Device::Memory);
    }
    // A partition is shown inside of its device.
    let whole = if shown.join("partition").exists() {
        shown.parent().unwrap_or(shown)
    } else {
        shown
    };
    let name = whole
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if ["ram", "zram", "brd", "nullb"]
        .iter()
        .any(|memory| is_numbered(&name, memory))
    {
        return Ok(Device::Memory);
    }
    // What a server or a program answers for.
    if ["nbd", "ublkb"]
        .iter()
        .any(|unseen| is_numbered(&name, unseen))
    {
        return Ok(Device::File(None));
    }
    if is_numbered(&name, "loop") {
        let file = read(whole.join("loop/backing_file")).ok();
        return Ok(Device::File(file.and_then(|mut path| {
            path.truncate(path.trim_ascii_end().len());
            let path = PathBuf::from(OsString::from_vec(path));
            let is_it = is_file_of(whole, &path).unwrap_or_else(|| path.exists());
            is_it.then_some(path)
        })));
    }
    Err(whole.to_owned())
}

fn is_numbered(name: &str, kind: &str) -> bool {
    name.strip_prefix(kind).is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
#[path = "../../tests/inside/a_device_is_all_that_it_is_made_of.rs"]
mod a_device_is_all_that_it_is_made_of;
