//! The file systems that are examined: how each is made and mounted.

use std::process::Command;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, failed};
use crate::requirements::find_tool;
use crate::rig::Rig;

/// A file system and how it is mounted.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum FileSystem {
    /// ext4 as it is mounted by default: `data=ordered`.
    Ext4,
    /// ext4 with `data=writeback`: a file's new length may reach the disk before its bytes.
    Ext4Writeback,
    /// xfs.
    Xfs,
    /// btrfs.
    Btrfs,
}

impl FileSystem {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ext4, Self::Ext4Writeback, Self::Xfs, Self::Btrfs];

    /// Its name on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Ext4Writeback => "ext4-writeback",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
        }
    }

    /// The kernel's name for it.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Ext4 | Self::Ext4Writeback => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
        }
    }

    /// The program that makes one, and the Debian package that contains it.
    pub(crate) const fn maker(self) -> (&'static str, &'static str) {
        match self {
            Self::Ext4 | Self::Ext4Writeback => ("mkfs.ext4", "e2fsprogs"),
            Self::Xfs => ("mkfs.xfs", "xfsprogs"),
            Self::Btrfs => ("mkfs.btrfs", "btrfs-progs"),
        }
    }

    /// Makes everything at once: what the kernel would add later in the background would be
    /// recorded with the workload. One ext4 has the block length of large disks, the other one that
    /// of small disks.
    const fn maker_arguments(self) -> &'static [&'static str] {
        const AT_ONCE: &str = "nodiscard,lazy_itable_init=0";
        match self {
            Self::Ext4 => &["-q", "-F", "-b", "4096", "-E", AT_ONCE],
            Self::Ext4Writeback => &["-q", "-F", "-b", "1024", "-E", AT_ONCE],
            Self::Xfs | Self::Btrfs => &["-q", "-f", "-K"],
        }
    }

    pub(crate) const fn mount_options(self) -> Option<&'static str> {
        match self {
            Self::Ext4 | Self::Btrfs => None,
            Self::Ext4Writeback => Some("data=writeback"),
            // A file system of the same identity may be mounted elsewhere: another state of the
            // same recording.
            Self::Xfs => Some("nouuid"),
        }
    }

    /// Makes one on the disk.
    pub(crate) fn make(self, rig: &Rig) -> Result<()> {
        let (program, _) = self.maker();
        let disk = rig.disk_file();
        let tool = find_tool(program).unwrap_or_else(|| program.into());
        let made = Command::new(tool)
            .args(self.maker_arguments())
            .arg(&disk)
            .output()
            .map_err(failed("run mkfs on", &disk))?;
        if made.status.success() {
            return Ok(());
        }
        Err(Error::Tool {
            program: program.to_owned(),
            output: String::from_utf8_lossy(&made.stderr).into_owned(),
        })
    }
}
