//! From a file to a mounted file system, and back without leftovers.
//!
//! Everything is undone by drops. When the process is killed, no drop runs, and the kernel undoes
//! it: all mounts are in a mount namespace of this process and end with it, and a loop device
//! detaches itself when its last user closes it.

mod ioctl;
mod loop_device;

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use crate::error::{Error, Result, failed};
use crate::file_system::FileSystem;
use loop_device::LoopDevice;

/// How long another program (a virus scanner, `udev`) may use a file system that is to be
/// unmounted.
const PAUSE: Duration = Duration::from_millis(10);
const PAUSES_MAX: u32 = 200;

/// Puts this process into a mount namespace of its own. Call it before the process has threads.
///
/// # Errors
/// What the kernel says.
pub fn isolate() -> Result<()> {
    let root = Path::new("/");
    unshare(CloneFlags::CLONE_NEWNS).map_err(failed("make a mount namespace below", root))?;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, root, None::<&str>, private, None::<&str>)
        .map_err(failed("make private the mounts below", root))
}

/// A mounted file system.
#[derive(Debug)]
pub(crate) struct Mounted {
    path: PathBuf,
}

impl Mounted {
    /// Mounts what is in the file `disk` through a new loop device. The kernel recovers its
    /// journal.
    ///
    /// # Errors
    /// [`Error::Unmountable`] where the kernel refuses what is on the disk.
    pub(crate) fn new(file_system: FileSystem, disk: &Path, at: &Path) -> Result<Self> {
        let device = LoopDevice::attach(disk)?;
        let flags = MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_NOSUID;
        mount(
            Some(&device.path),
            at,
            Some(file_system.kind()),
            flags,
            file_system.mount_options(),
        )
        .map_err(|error| Error::Unmountable(error.to_string()))?;
        Ok(Self {
            path: at.to_owned(),
        })
    }

    /// The top directory of the file system.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes everything written so far durable.
    pub(crate) fn flush(&self) -> Result<()> {
        let flush = || {
            let top = std::fs::File::open(&self.path)?;
            nix::unistd::syncfs(top).map_err(std::io::Error::from)
        };
        flush().map_err(failed("flush", &self.path))
    }

    /// Unmounts it. Unlike a drop, this returns the error.
    pub(crate) fn end(self) -> Result<()> {
        let path = self.path.clone();
        std::mem::forget(self);
        unmount(&path).map_err(failed("unmount", &path))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A caller who wants the error calls `end`.
        let _ = unmount(&self.path);
    }
}

/// Unmounts at once if possible. Otherwise it is unmounted when its last user is gone, and this
/// returns an error.
pub(crate) fn unmount(path: &Path) -> nix::Result<()> {
    for _ in 0..PAUSES_MAX {
        match umount2(path, MntFlags::empty()) {
            Err(Errno::EBUSY) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    umount2(path, MntFlags::MNT_DETACH)?;
    Err(Errno::EBUSY)
}
