//! macOS and its siblings: only `F_FULLFSYNC` reaches the disk, `fsync` stops at the drive's cache.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::RenameFlags;
use rustix::io::{Errno, retry_on_intr};

use super::FileSystem;
pub(crate) use super::elsewhere::write_back;
pub(super) use super::elsewhere::{
    HOLD, ensure_may_replace, ensure_names_change, links, number_of,
};

/// `F_FULLFSYNC`: there is no cheaper call that reaches the disk.
pub(crate) fn flush_data(file: &File) -> io::Result<()> {
    flush_all(file)
}

/// `F_FULLFSYNC`, or `fsync` on a file system that refuses it.
///
/// Network shares refuse it (golang/go#26650); what they do with an `fsync` is the server's
/// business, and [`reaches_disk`] has told so at open.
pub(crate) fn flush_all(file: &File) -> io::Result<()> {
    match retry_on_intr(|| rustix::fs::fcntl_fullfsync(file)) {
        Err(Errno::NOTSUP | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOTTY | Errno::NODEV) => {
            Ok(retry_on_intr(|| rustix::fs::fsync(file))?)
        }
        done => Ok(done?),
    }
}

/// Whether `F_FULLFSYNC` is accepted.
pub(super) fn reaches_disk(directory: &File) -> bool {
    retry_on_intr(|| rustix::fs::fcntl_fullfsync(directory)).is_ok()
}

/// `renameatx_np` with `RENAME_EXCL`.
pub(super) fn rename_exclusive(directory: &File, from: &Path, to: &Path) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}

/// Which file system `directory` is on, in the system's own word (`apfs`, `hfs`, `smbfs`).
pub(super) fn describe(directory: &File) -> FileSystem {
    let name = rustix::fs::fstatfs(directory).ok().map(|stat| {
        let bytes = stat.f_fstypename.iter().map(|byte| byte.to_ne_bytes()[0]);
        let name: Vec<u8> = bytes.take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&name).into_owned()
    });
    let name = name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned());
    FileSystem {
        // Not memory, not what a program or another machine answers for (`macfuse`, `smbfs`,
        // `webdav`). An NFS server has to.
        outlives_power: ["apfs", "hfs", "exfat", "msdos", "ntfs", "udf", "nfs"]
            .contains(&name.as_str()),
        name,
    }
}
