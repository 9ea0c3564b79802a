//! Linux and Android: `fsync`, `fdatasync`, `renameat2`, `statfs`.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, OFlags, RenameFlags, StatxFlags};

use super::FileSystem;
use super::unix::NO_SUCH_CALL;
pub(crate) use super::write_back::write_back;

/// How a file is opened only to be held: needs no permission to read it.
pub(super) const HOLD: OFlags = OFlags::PATH;

/// `fdatasync`: the bytes, and of the metadata what is needed to find them (the length).
pub(crate) fn flush_data(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// `fsync`.
pub(crate) fn flush_all(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// How many names a file has.
///
/// Asked for by itself: a call that also tells the times obliges the kernel to give the next write a time of its own (multigrain
/// timestamps), and with that a change of metadata that the flush after it has to wait for.
///
/// What the system remembers is not enough: on a network file system or FUSE it may be seconds old.
pub(super) fn links(file: &File) -> io::Result<u64> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
    match rustix::fs::statx(file, c"", flags, StatxFlags::NLINK) {
        Ok(found) => Ok(u64::from(found.stx_nlink)),
        Err(error) if NO_SUCH_CALL.contains(&error) => {
            file.metadata().map(|metadata| metadata.nlink())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a directory can be flushed at all: some network file systems answer `EINVAL`.
pub(super) fn reaches_disk(directory: &File) -> bool {
    directory.sync_all().is_ok()
}

/// `renameat2` with `RENAME_NOREPLACE`.
pub(super) fn rename_exclusive(directory: &File, from: &Path, to: &Path) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}

/// The numbers of `statfs(2)`, by name. ext2, ext3 and ext4 share theirs.
const FILE_SYSTEMS: [(u32, &str); 25] = [
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

/// Which file system `directory` is on.
pub(super) fn describe(directory: &File) -> FileSystem {
    let name = rustix::fs::fstatfs(directory).ok().and_then(|stat| {
        // The field's type differs between architectures; the number is its low 32 bits on all of them.
        let number = u64::from_str_radix(&format!("{:x}", stat.f_type), 16).ok()? & 0xffff_ffff;
        FILE_SYSTEMS
            .iter()
            .find(|(magic, _)| u64::from(*magic) == number)
            .map(|(_, name)| *name)
    });
    FileSystem {
        name: name.unwrap_or("unknown").to_owned(),
        volatile: matches!(name, Some("tmpfs" | "ramfs")),
    }
}
