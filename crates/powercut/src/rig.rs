//! A disk that the kernel sees, and a process that mounts and checks what is on it.

use std::path::PathBuf;

use fuser::{BackgroundSession, Config, MountOption};
use tempfile::TempDir;

use crate::check::{Loss, Telling};
use crate::device::unmount;
use crate::disk::{Disk, Shown};
use crate::error::{Error, Result, failed};
use crate::file_system::FileSystem;
use crate::hand::{Hand, Places};
use crate::workload::Workload;

/// A disk and a hand. The fields are dropped in this order: the process with its mount, FUSE, the
/// directory that contains both.
pub(crate) struct Rig {
    hand: Hand,
    _shown: Fuse,
    _directory: TempDir,
    places: Places,
    disk: Disk,
}

impl Rig {
    /// Shows a new, empty disk.
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("steadfast-powercut-")
            .tempdir()
            .map_err(failed("create a directory in", &std::env::temp_dir()))?;
        let places = Places::below(directory.path());
        for path in [&places.fuse, &places.mount_point] {
            std::fs::create_dir(path).map_err(failed("create", path))?;
        }
        let disk = Disk::default();
        let shown = Fuse::mount(disk.clone(), &places)?;
        Ok(Self {
            hand: Hand::start(&places)?,
            _shown: shown,
            _directory: directory,
            places,
            disk,
        })
    }

    pub(crate) const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The disk as a file.
    pub(crate) fn disk_file(&self) -> PathBuf {
        self.places.disk()
    }

    /// Where the file system on the disk is mounted.
    pub(crate) fn mount_point(&self) -> PathBuf {
        self.places.mount_point.clone()
    }

    /// Mounts what is on the disk through a new loop device. The kernel recovers its journal.
    ///
    /// # Errors
    /// [`Error::Unmountable`] where the kernel refuses it.
    pub(crate) fn mount(&mut self, file_system: FileSystem) -> Result<()> {
        self.hand.mount(file_system)
    }

    /// Makes everything durable that was written to the mounted file system.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.hand.flush()
    }

    /// Unmounts the file system.
    pub(crate) fn unmount(&mut self) -> Result<()> {
        self.hand.unmount()
    }

    /// Checks what is on the mounted file system. A panic or a hang of that check is a finding too.
    pub(crate) fn check(&mut self, workload: Workload, telling: &Telling) -> Result<Option<Loss>> {
        match self.hand.check(workload, telling) {
            Err(Error::Hand(reason)) => {
                // The mount that the process left would be in the way.
                let _ = unmount(&self.places.mount_point);
                self.hand = Hand::start(&self.places)?;
                let what = format!("looking at it did not end well: {reason}");
                Ok(Some(Loss::Unopenable(what)))
            }
            checked => checked,
        }
    }
}

/// A disk that the kernel sees through FUSE.
struct Fuse {
    /// Taken only in `drop`.
    session: Option<BackgroundSession>,
    at: PathBuf,
}

impl Fuse {
    fn mount(disk: Disk, places: &Places) -> Result<Self> {
        let at = places.fuse.clone();
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("steadfast-powercut".to_owned())];
        let session = fuser::spawn_mount(Shown(disk), &at, &config);
        Ok(Self {
            session: Some(session.map_err(failed("mount FUSE at", &at))?),
            at,
        })
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        let is_gone = unmount(&self.at).is_ok();
        let session = self.session.take();
        if is_gone {
            let _ = session.map(BackgroundSession::join);
        } else {
            // Something still uses the mount, so the thread of FUSE goes on. It ends with this
            // process.
            std::mem::forget(session);
        }
    }
}
