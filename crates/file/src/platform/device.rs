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
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::{Device, beside, parts_of};

    const DEPTH_MAX: usize = 8;

    /// A tree like `/sys/devices`.
    struct Devices(tempfile::TempDir);

    impl Devices {
        fn of_one() -> Self {
            let devices = Self(tempfile::tempdir().unwrap());
            fs::create_dir_all(devices.at("pci0000:00/block/sda/sda1")).unwrap();
            devices
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn make(&self, name: &str, parts: &[&str]) -> PathBuf {
            let path = self.at("virtual/block").join(name);
            fs::create_dir_all(path.join("slaves")).unwrap();
            for (number, part) in parts.iter().enumerate() {
                symlink(self.at(part), path.join("slaves").join(number.to_string())).unwrap();
            }
            path
        }

        fn told(&self, name: &str) -> Vec<Device> {
            parts_of(&self.at(name), DEPTH_MAX)
        }
    }

    #[test]
    fn a_device_is_all_that_it_is_made_of() {
        let devices = Devices::of_one();
        assert_eq!(devices.told("pci0000:00/block/sda/sda1"), [Device::Disk]);
        for memory in ["ram0", "zram12", "nullb0"] {
            devices.make(memory, &[]);
            assert_eq!(
                devices.told(&format!("virtual/block/{memory}")),
                [Device::Memory]
            );
        }
        for unseen in ["nbd3", "ublkb0"] {
            devices.make(unseen, &[]);
            assert_eq!(
                devices.told(&format!("virtual/block/{unseen}")),
                [Device::File(None)]
            );
        }
        devices.make("dm-0", &["pci0000:00/block/sda/sda1"]);
        assert_eq!(devices.told("virtual/block/dm-0"), [Device::Disk]);
        devices.make("md0", &["virtual/block/dm-0", "virtual/block/zram12"]);
        let told = devices.told("virtual/block/md0");
        assert_eq!(told, [Device::Disk, Device::Memory]);
        fs::create_dir_all(devices.at("pseudo_0/adapter0/block/sdb")).unwrap();
        assert_eq!(
            devices.told("pseudo_0/adapter0/block/sdb"),
            [Device::Memory]
        );
        // Whatever comes first.
        let image = devices.at("image");
        fs::write(&image, "").unwrap();
        let looped = devices.make("loop1", &[]).join("loop");
        fs::create_dir(&looped).unwrap();
        fs::write(looped.join("backing_file"), image.to_str().unwrap()).unwrap();
        devices.make("md1", &["virtual/block/loop1", "virtual/block/zram12"]);
        let told = devices.told("virtual/block/md1");
        assert!(told.contains(&Device::Memory) && told.contains(&Device::File(Some(image))));
        // A name that only begins like one of those.
        devices.make("ramdisk", &[]);
        assert_eq!(devices.told("virtual/block/ramdisk"), [Device::Disk]);
    }

    #[test]
    fn a_loop_device_is_its_file() {
        let devices = Devices::of_one();
        let device = devices.make("loop0", &[]);
        let image = devices.at("image");
        fs::write(&image, "").unwrap();
        fs::create_dir(device.join("loop")).unwrap();
        fs::write(
            device.join("loop/backing_file"),
            format!("{}\n", image.display()),
        )
        .unwrap();
        // A partition stands in its device's folder.
        let partition = device.join("loop0p1");
        fs::create_dir(&partition).unwrap();
        fs::write(partition.join("partition"), "1\n").unwrap();
        for name in ["loop0", "loop0/loop0p1"] {
            let told = devices.told(&format!("virtual/block/{name}"));
            assert_eq!(told, [Device::File(Some(image.clone()))]);
        }
        fs::write(device.join("loop/backing_file"), "/gone (deleted)\n").unwrap();
        assert_eq!(devices.told("virtual/block/loop0"), [Device::File(None)]);
    }

    #[test]
    fn a_btrfs_is_on_all_of_its_devices() {
        let devices = Devices::of_one();
        let canonical = |name: &str| fs::canonicalize(devices.at(name)).unwrap();
        let zram = devices.make("zram1", &[]);
        let shown = devices.at("fs/btrfs");
        for (uuid, links) in [
            ("1", vec!["virtual/block/zram1", "pci0000:00/block/sda"]),
            ("2", vec![]),
        ] {
            let folder = shown.join(uuid).join("devices");
            fs::create_dir_all(&folder).unwrap();
            for (number, link) in links.into_iter().enumerate() {
                symlink(devices.at(link), folder.join(number.to_string())).unwrap();
            }
        }
        let mut found = beside(&shown, &canonical("pci0000:00/block/sda")).unwrap();
        found.sort();
        assert_eq!(
            found,
            [
                canonical("pci0000:00/block/sda"),
                fs::canonicalize(zram).unwrap()
            ]
        );
        assert_eq!(
            beside(&shown, &canonical("pci0000:00/block/sda/sda1")),
            None
        );
    }

    #[test]
    fn a_circle_ends() {
        let devices = Devices::of_one();
        devices.make("dm-1", &["virtual/block/dm-1"]);
        assert_eq!(devices.told("virtual/block/dm-1"), [Device::File(None)]);
    }
}
