//! A block device over a file.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use super::ioctl;
use crate::error::{Result, failed};

/// How often another program may take the free device first.
const ATTEMPTS_MAX: u32 = 100;

/// The major number of loop devices.
const MAJOR: u64 = 7;

/// A loop device. The kernel detaches it when its last user closes it, also if this process is
/// killed. A mounted file system is a user, and so is this handle.
#[derive(Debug)]
pub(super) struct LoopDevice {
    pub(super) path: PathBuf,
    _handle: File,
}

impl LoopDevice {
    /// Gives `file` a block device.
    pub(super) fn attach(file: &Path) -> Result<Self> {
        let open = |path: &Path| OpenOptions::new().read(true).write(true).open(path);
        let control = Path::new("/dev/loop-control");
        let control = open(control).map_err(failed("open", control))?;
        let backing = open(file).map_err(failed("open", file))?;
        let mut attempt = 0;
        loop {
            let number = ioctl::free_number(&control)
                .map_err(failed("find a free loop device for", file))?;
            let path = PathBuf::from(format!("/dev/loop{number}"));
            make_node(&path, number)?;
            let handle = open(&path).map_err(failed("open", &path))?;
            match ioctl::configure(&handle, &backing) {
                Ok(()) => {
                    return Ok(Self {
                        path,
                        _handle: handle,
                    });
                }
                Err(Errno::EBUSY) if attempt < ATTEMPTS_MAX => attempt += 1,
                Err(error) => return Err(failed("attach", &path)(error)),
            }
        }
    }
}

/// Makes the device file: in a container nothing else does.
fn make_node(path: &Path, number: u32) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    match mknod(path, SFlag::S_IFBLK, mode, makedev(MAJOR, number.into())) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(error) => Err(failed("create", path)(error)),
    }
}
