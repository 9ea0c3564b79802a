//! Linux: what is below a directory, as far as a power cut is concerned.
//!
//! Each file system is asked for its kind (`statfs`), for its mount (`/proc/self/mountinfo`, one
//! small file) and for its device (`/sys/dev/block`). Flushed bytes survive a power loss where
//! three things hold. The kind is one for disks, or a server promises it. No option of the mount
//! says otherwise. The device is not known to be memory:
//!
//! * a file system for disks survives, unless it is mounted without barriers or its device is
//!   memory;
//! * a loop device is as what its file is on, and a loop device on a device is as that device;
//! * a log or journal on a device of its own makes it as the weaker of both;
//! * a device made of others (partitions, dm, md), or a btrfs of several, is as the weakest of
//!   them;
//! * overlay and ecryptfs are as the directory that takes the writes, if it can be seen from here.
//!   An overlay mounted `volatile` does not survive;
//! * NFS survives: a server may answer a commit, and a change of names, only when it has it on
//!   stable storage (RFC 1813, 8881);
//! * tmpfs, ramfs, FUSE, 9p, virtiofs, SMB, Ceph and anything unknown do not: nothing obliges what
//!   is behind them.
//!
//! The file of a loop device and the upper directory of an overlay are named by a path. Something
//! else may be at that path by now. The loop device tells root which file it is. The size of an
//! overlay is that of its upper directory's file system, so another file system is noticed by its
//! size. Where neither helps, what is at the path is believed.
//!
//! Where the device cannot be seen (a container without `/sys`, the devices of ZFS), it is taken
//! for the disk that the file system is for. Where the mount cannot be seen, the answer is that
//! nothing survives: the mount's options may keep flushes from the disk.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::FileSystem;
use super::device::{Device, devices_of};
use super::mounts::{Seen, mount_of};

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

/// The kinds that keep on a disk what was flushed.
const FOR_DISKS: [&str; 15] = [
    "vfat", "iso9660", "ext4", "gfs2", "exfat", "zfs", "jfs", "reiserfs", "ntfs", "xfs", "ntfs3",
    "squashfs", "btrfs", "bcachefs", "f2fs",
];

/// Mount options with which a flush does not reach the disk. Newer kernels show a volatile overlay
/// as `fsync=volatile`.
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
    let seen = Seen {
        mount: mount_id(directory),
        device,
    };
    let mount = mounts().and_then(|mounts| mount_of(&mounts, &seen));
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
        Some("overlay" | "ecryptfs") => {
            let upper = mount.and_then(|mount| mount.upper());
            let upper =
                upper.filter(|upper| kind != Some("overlay") || has_room_of(directory, upper));
            on(name, &below(upper, depth))
        }
        Some(kind) if kind == "nfs" || FOR_DISKS.contains(&kind) => match &mount {
            None => lost(format!("{name}, whose mount is not to be seen")),
            Some(_) if kind == "nfs" => kept(name),
            Some(mount) => weakest(name, devices_of(device, mount, depth), |file| {
                below(file, depth)
            }),
        },
        _ => lost(name),
    }
}

/// The mount by which the directory is reached. A file system with device numbers of its own for
/// what it shows (btrfs) cannot be found by the device.
fn mount_id(directory: &File) -> Option<u64> {
    use rustix::fs::{AtFlags, StatxFlags, statx};
    // Since Linux 5.8.
    if let Ok(found) = statx(directory, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)
        && found.stx_mask & StatxFlags::MNT_ID.bits() != 0
    {
        return Some(found.stx_mnt_id);
    }
    let told = format!("/proc/self/fdinfo/{}", directory.as_raw_fd());
    let told = std::fs::read_to_string(told).ok()?;
    let mut lines = told.lines();
    let id = lines.find_map(|line| line.strip_prefix("mnt_id:"))?;
    id.trim().parse().ok()
}

/// The mounts in this process's view. The file has no length of its own: with spare capacity it is
/// read in two calls.
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

/// What is below a file or directory of another file system, as far as it can be seen.
fn below(path: Option<PathBuf>, depth: usize) -> FileSystem {
    path.filter(|path| path.is_absolute())
        .and_then(|path| open_path(&path))
        .map_or_else(
            || lost("something that is not to be seen".to_owned()),
            |file| at(&file, depth),
        )
}

/// Whether an overlay has the size of the file system at this path, as it has that of its upper
/// directory. The path may lead to another file system by now.
fn has_room_of(overlay: &File, upper: &Path) -> bool {
    /// Some file systems count free space as part of their size, so the size changes.
    const ATTEMPTS_MAX: usize = 4;
    let room = |found: rustix::fs::StatFs| (found.f_bsize, found.f_blocks);
    let is_it = |upper: &File| {
        let overlay = rustix::fs::fstatfs(overlay).ok().map(room);
        overlay.is_some() && overlay == rustix::fs::fstatfs(upper).ok().map(room)
    };
    open_path(upper).is_some_and(|upper| (0..ATTEMPTS_MAX).any(|_| is_it(&upper)))
}

/// The answer for a file system that stands on another one.
fn on(name: String, below: &FileSystem) -> FileSystem {
    if below.outlives_power {
        kept(name)
    } else {
        lost(format!("{name} on {}", below.name))
    }
}

/// The answer for several devices: all of them have to survive.
fn weakest(
    name: String,
    devices: Vec<Device>,
    mut below: impl FnMut(Option<PathBuf>) -> FileSystem,
) -> FileSystem {
    let told = devices.into_iter().map(|device| match device {
        Device::Disk => kept(name.clone()),
        Device::Memory => lost(format!("{name} in memory")),
        Device::File(file) => on(name.clone(), &below(file)),
    });
    let lost = { told }.find(|told| !told.outlives_power);
    lost.unwrap_or_else(|| kept(name))
}

/// Opens a path only to ask about it: this needs no permission to read, and a pipe does not block.
pub(super) fn open_path(path: &Path) -> Option<File> {
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

pub(super) fn split(device: u64) -> (u32, u32) {
    (rustix::fs::major(device), rustix::fs::minor(device))
}

#[cfg(test)]
#[path = "../../tests/inside/all_of_several_devices_have_to_survive.rs"]
mod all_of_several_devices_have_to_survive;
