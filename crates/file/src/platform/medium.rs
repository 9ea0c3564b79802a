//! Linux: what is below a directory, as far as a power cut is concerned.
//!
//! Each file system is asked for its kind (`statfs`), for its mount (`/proc/self/mountinfo`, one small file) and for its device (`/sys/dev/block`). What is flushed outlives the
//! power where the kind is one for disks or a server's promise, no option of the mount says otherwise, and the device is not known to be memory:
//!
//! | found | told |
//! |---|---|
//! | a file system for disks | survives, unless it is mounted without barriers, or its device is memory |
//! | a loop device | as what its file is on |
//! | a device made of others (partitions, dm, md) | as the weakest of them |
//! | overlay, ecryptfs | as the directory that takes what is written, if it is to be seen from here; not if mounted `volatile` |
//! | NFS | survives: a server may answer a commit, and a change of names, only when it has it on stable storage (RFC 1813, 8881) |
//! | tmpfs, ramfs, FUSE, 9p, virtiofs, SMB, Ceph, anything unknown | does not: nothing obliges what is behind them |
//!
//! A device that is not to be seen (a container without `/sys`, the many of btrfs and ZFS) is taken for the disk that the file system is for.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::FileSystem;
use super::mounts::{Mount, mount_of};

/// A file system on a loop device on a file system on a loop device …
const DEPTH_MAX: usize = 8;

/// The numbers of `statfs(2)`, by name. ext2, ext3 and ext4 share theirs; FUSE and virtiofs too.
const FILE_SYSTEMS: [(u32, &str); 26] = [
    (0x0000_4d44, "vfat"),
    (0x0000_6969, "nfs"),
    (0x0000_9660, "iso9660"),
    (0x0000_ef53, "ext4"),
    (0x0000_f15f, "ecryptfs"),
    (0x00c3_6400, "ceph"),
    (0x0102_1994, "tmpfs"),
    (0x0102_1997, "9p"),
    (0x0116_1970, "gfs2"),
    (0x2011_bab0, "exfat"),
    (0x2fc1_2fc1, "zfs"),
    (0x3153_464a, "jfs"),
    (0x5265_4973, "reiserfs"),
    (0x5346_544e, "ntfs"),
    (0x5846_5342, "xfs"),
    (0x6573_5546, "fuse"),
    (0x7366_746e, "ntfs3"),
    (0x7371_7368, "squashfs"),
    (0x786f_4256, "vboxsf"),
    (0x794c_7630, "overlay"),
    (0x8584_58f6, "ramfs"),
    (0x9123_683e, "btrfs"),
    (0xca45_1a4e, "bcachefs"),
    (0xf2f5_2010, "f2fs"),
    (0xfe53_4d42, "smb"),
    (0xff53_4d42, "cifs"),
];

/// Those that keep on a disk what was flushed.
const FOR_DISKS: [&str; 15] = [
    "vfat", "iso9660", "ext4", "gfs2", "exfat", "zfs", "jfs", "reiserfs", "ntfs", "xfs", "ntfs3",
    "squashfs", "btrfs", "bcachefs", "f2fs",
];

/// Options of a mount with which a flush does not get to the disk. A volatile overlay is `fsync=volatile` in newer kernels.
const WITHOUT_FLUSHES: [&str; 8] = [
    "nobarrier",
    "barrier=0",
    "barrier=none",
    "fsync_mode=nobarrier",
    "journal_flush_disabled",
    "nointegrity",
    "volatile",
    "fsync=volatile",
];

/// What is below `directory`.
pub(super) fn describe(directory: &File) -> FileSystem {
    at(directory, DEPTH_MAX)
}

fn at(directory: &File, depth: usize) -> FileSystem {
    let kind = kind_of(directory);
    if matches!(kind, Some("tmpfs" | "ramfs")) {
        return lost(kind.unwrap_or("unknown").to_owned());
    }
    let device = directory.metadata().ok().map(|found| split(found.dev()));
    let mount = device.and_then(|device| mount_of(&mounts()?, device));
    let told = mount.as_ref().map(|mount| mount.kind.clone());
    let name = match kind {
        // The mount's own word says which: `fuse.sshfs`, `virtiofs`.
        None | Some("fuse") => told.unwrap_or_else(|| kind.unwrap_or("unknown").to_owned()),
        Some(kind) => kind.to_owned(),
    };
    let Some(depth) = depth.checked_sub(1) else {
        return lost(name);
    };
    if mount
        .as_ref()
        .is_some_and(|mount| mount.has_any(&WITHOUT_FLUSHES))
    {
        return lost(format!("{name}, mounted without flushes"));
    }
    match kind {
        Some("nfs") => kept(name),
        Some("overlay" | "ecryptfs") => on(name, mount.and_then(|mount| mount.upper()), depth),
        Some(kind) if FOR_DISKS.contains(&kind) => {
            match device_of(device, mount.as_ref(), depth).unwrap_or(Device::Disk) {
                Device::Disk => kept(name),
                Device::Memory => lost(format!("{name} in memory")),
                Device::File(file) => on(name, file, depth),
            }
        }
        _ => lost(name),
    }
}

/// What is mounted in this process's view. The file tells no length: with room ahead it is read in two calls.
fn mounts() -> Option<Vec<u8>> {
    let mut mounts = Vec::with_capacity(16 << 10);
    let mut file = File::open("/proc/self/mountinfo").ok()?;
    file.read_to_end(&mut mounts).ok()?;
    Some(mounts)
}

fn kept(name: String) -> FileSystem {
    FileSystem {
        name,
        outlives_power: true,
    }
}

fn lost(name: String) -> FileSystem {
    FileSystem {
        name,
        outlives_power: false,
    }
}

/// What stands on a file or directory of another file system, as far as that is to be seen.
fn on(name: String, below: Option<PathBuf>, depth: usize) -> FileSystem {
    let below = below
        .filter(|path| path.is_absolute())
        .and_then(|path| open_path(&path))
        .map_or_else(
            || lost("something that is not to be seen".to_owned()),
            |file| at(&file, depth),
        );
    if below.outlives_power {
        kept(name)
    } else {
        lost(format!("{name} on {}", below.name))
    }
}

/// Only to be looked at: needs no permission to read it, and a pipe does not block.
fn open_path(path: &Path) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags};
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, path, flags, Mode::empty())
        .ok()
        .map(File::from)
}

fn kind_of(directory: &File) -> Option<&'static str> {
    let stat = rustix::fs::fstatfs(directory).ok()?;
    // The field's type differs between architectures; the number is its low 32 bits on all of them.
    let number = u64::from_str_radix(&format!("{:x}", stat.f_type), 16).ok()? & 0xffff_ffff;
    FILE_SYSTEMS
        .iter()
        .find(|(magic, _)| u64::from(*magic) == number)
        .map(|(_, name)| *name)
}

fn split(device: u64) -> (u32, u32) {
    (rustix::fs::major(device), rustix::fs::minor(device))
}

/// What a block device keeps its blocks in.
#[derive(Debug, PartialEq, Eq)]
enum Device {
    Disk,
    Memory,
    /// A file, by its path where that is to be seen.
    File(Option<PathBuf>),
}

/// What a device is. A file system with a number of its own (btrfs) is asked for the device that it was mounted from.
fn device_of(own: Option<(u32, u32)>, mount: Option<&Mount>, depth: usize) -> Option<Device> {
    let (major, minor) = match own? {
        (0, _) => {
            let source = open_path(Path::new(&mount?.source))?;
            split(source.metadata().ok()?.rdev())
        }
        own => own,
    };
    let link = format!("/sys/dev/block/{major}:{minor}");
    // One call for most machines.
    if is_hardware(&std::fs::read_link(&link).ok()?) {
        return Some(Device::Disk);
    }
    Some(device_at(&std::fs::canonicalize(link).ok()?, depth))
}

/// Whether what the system shows under this path is a disk of the machine's, or a partition of one. The kernel's own test disks (`pseudo`) are memory.
fn is_hardware(shown: &Path) -> bool {
    !shown
        .iter()
        .any(|part| part == "virtual" || part.as_bytes().starts_with(b"pseudo_"))
}

/// The weakest of what a device is made of.
fn device_at(shown: &Path, depth: usize) -> Device {
    if is_hardware(shown) {
        return Device::Disk;
    }
    if !shown.iter().any(|part| part == "virtual") {
        return Device::Memory;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Device::File(None);
    };
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
        return Device::Memory;
    }
    // What a server or a program answers for.
    if ["nbd", "ublkb"]
        .iter()
        .any(|unseen| is_numbered(&name, unseen))
    {
        return Device::File(None);
    }
    if is_numbered(&name, "loop") {
        let file = std::fs::read(whole.join("loop/backing_file")).ok();
        return Device::File(file.and_then(|mut path| {
            path.truncate(path.trim_ascii_end().len());
            let path = PathBuf::from(std::ffi::OsString::from_vec(path));
            path.exists().then_some(path)
        }));
    }
    let parts = std::fs::read_dir(whole.join("slaves"))
        .into_iter()
        .flatten()
        .flatten();
    parts
        .filter_map(|part| std::fs::canonicalize(part.path()).ok())
        .map(|part| device_at(&part, depth))
        .find(|part| *part != Device::Disk)
        .unwrap_or(Device::Disk)
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

    use super::{DEPTH_MAX, Device, device_at};

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

        fn told(&self, name: &str) -> Device {
            device_at(&self.at(name), DEPTH_MAX)
        }
    }

    #[test]
    fn a_device_is_the_weakest_of_what_it_is_made_of() {
        let devices = Devices::of_one();
        assert_eq!(devices.told("pci0000:00/block/sda/sda1"), Device::Disk);
        for memory in ["ram0", "zram12", "nullb0"] {
            devices.make(memory, &[]);
            assert_eq!(
                devices.told(&format!("virtual/block/{memory}")),
                Device::Memory
            );
        }
        for unseen in ["nbd3", "ublkb0"] {
            devices.make(unseen, &[]);
            assert_eq!(
                devices.told(&format!("virtual/block/{unseen}")),
                Device::File(None)
            );
        }
        devices.make("dm-0", &["pci0000:00/block/sda/sda1"]);
        assert_eq!(devices.told("virtual/block/dm-0"), Device::Disk);
        devices.make("md0", &["virtual/block/dm-0", "virtual/block/zram12"]);
        assert_eq!(devices.told("virtual/block/md0"), Device::Memory);
        fs::create_dir_all(devices.at("pseudo_0/adapter0/block/sdb")).unwrap();
        assert_eq!(devices.told("pseudo_0/adapter0/block/sdb"), Device::Memory);
        // A name that only begins like one of those.
        devices.make("ramdisk", &[]);
        assert_eq!(devices.told("virtual/block/ramdisk"), Device::Disk);
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
            assert_eq!(told, Device::File(Some(image.clone())));
        }
        fs::write(device.join("loop/backing_file"), "/gone (deleted)\n").unwrap();
        assert_eq!(devices.told("virtual/block/loop0"), Device::File(None));
    }

    #[test]
    fn a_circle_ends() {
        let devices = Devices::of_one();
        devices.make("dm-1", &["virtual/block/dm-1"]);
        assert_eq!(devices.told("virtual/block/dm-1"), Device::File(None));
    }
}
