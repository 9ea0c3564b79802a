//! The programs whose writes are recorded, and what each promises.
//!
//! A workload has two halves. One half runs as a process on the recorded file system. It says what
//! it begins and what was acknowledged. The other half examines a crash state and knows which
//! outcomes are legal. The controls save data in ways that are known to be wrong: a harness that
//! finds nothing there would find nothing anywhere.

mod backup;
mod browser;
mod file;
mod link;
mod naive;
mod sessions;
mod store;

use std::path::Path;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) use link::{Line, Link, broken, run};

use browser::Mode;

use crate::check::{Loss, Told};
use crate::file_system::FileSystem;

/// What goes wrong in a workload's own process.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// A program whose power is cut.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Several stores are created, with a commit or two in each.
    Creation,
    /// Commits of all sizes, one at a time and in groups that share a flush.
    Commits,
    /// Short segments, and snapshots that let the log before them be deleted.
    Rotation,
    /// Commits while a thread of the store takes snapshots.
    Background,
    /// A store is opened, given one commit and closed, so often that its segments are merged.
    Reopenings,
    /// Unflushed commits of a killed process: what the next process shows has to be durable.
    Killed,
    /// Files are replaced through `AtomicFile`, by several threads.
    AtomicFile,
    /// A value is replaced through `FileBackend::atomic_write`.
    AtomicWrite,
    /// A store is copied into the file system.
    Backup,
    /// A store that has survived a power cut is recovered and written to, and the power fails a
    /// second time.
    Recovery,
    /// A page saves in strict `IndexedDB`, in a browser whose profile is on the disk.
    BrowserIndexedDb,
    /// The same in OPFS, which does not claim to outlive a power cut.
    BrowserOpfs,
    /// Control: the same in `IndexedDB` with the durability that browsers have by default.
    BrowserRelaxed,
    /// Control: a file is overwritten in place.
    InPlace,
    /// Control: a file is overwritten in place, and flushed.
    InPlaceFlushed,
    /// Control: a new file is renamed over the old one, and nothing is flushed.
    RenameUnflushed,
    /// Control: a new file is flushed and renamed over the old one, and the directory is not
    /// flushed.
    RenameDirectoryUnflushed,
}

impl Workload {
    /// The workloads that save in our ways, and have to lose nothing.
    pub const OURS: [Self; 10] = [
        Self::Creation,
        Self::Commits,
        Self::Rotation,
        Self::Background,
        Self::Reopenings,
        Self::Killed,
        Self::AtomicFile,
        Self::AtomicWrite,
        Self::Backup,
        Self::Recovery,
    ];

    /// The workloads that have to lose something.
    pub const CONTROLS: [Self; 4] = [
        Self::InPlace,
        Self::InPlaceFlushed,
        Self::RenameUnflushed,
        Self::RenameDirectoryUnflushed,
    ];

    /// Workloads that need a browser and the built npm package. They run only if they are asked
    /// for.
    pub const IN_A_BROWSER: [Self; 3] = [
        Self::BrowserIndexedDb,
        Self::BrowserOpfs,
        Self::BrowserRelaxed,
    ];

    /// Its name on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Commits => "commits",
            Self::Rotation => "rotation",
            Self::Background => "background",
            Self::Reopenings => "reopenings",
            Self::Killed => "killed",
            Self::AtomicFile => "atomic-file",
            Self::AtomicWrite => "atomic-write",
            Self::Backup => "backup",
            Self::Recovery => "recovery",
            Self::BrowserIndexedDb => "browser-indexed-db",
            Self::BrowserOpfs => "browser-opfs",
            Self::BrowserRelaxed => "browser-relaxed",
            Self::InPlace => "in-place",
            Self::InPlaceFlushed => "in-place-flushed",
            Self::RenameUnflushed => "rename-unflushed",
            Self::RenameDirectoryUnflushed => "rename-directory-unflushed",
        }
    }

    /// Whether it is known to lose data.
    #[must_use]
    pub fn is_control(self) -> bool {
        Self::CONTROLS.contains(&self) || self == Self::BrowserRelaxed
    }

    /// Whether this workload is examined on that file system. A file system that never overwrites
    /// makes some wrong ways right.
    #[must_use]
    pub fn concerns(self, file_system: FileSystem) -> bool {
        (self, file_system) != (Self::InPlaceFlushed, FileSystem::Btrfs)
    }

    /// The workloads that are cut first, if this one begins with a crash state.
    #[must_use]
    pub const fn firsts(self) -> &'static [Self] {
        match self {
            Self::Recovery => &[Self::Background, Self::Reopenings, Self::Killed],
            _ => &[],
        }
    }

    /// The half that runs on the recorded file system.
    fn run(self, link: &mut Link, directory: &Path, session: u32) -> Result<(), Trouble> {
        match self {
            Self::Creation => sessions::creation(link, directory),
            Self::Commits => sessions::commits(link, directory),
            Self::Rotation => sessions::rotation(link, directory),
            Self::Background => sessions::background(link, directory),
            Self::Reopenings => sessions::reopenings(link, directory),
            Self::Killed => sessions::killed(link, directory, session),
            Self::Recovery => sessions::recovery(link, directory),
            Self::AtomicFile => file::replace_files(link, directory),
            Self::AtomicWrite => file::replace_value(link, directory),
            Self::Backup => backup::run(link, directory),
            Self::BrowserIndexedDb => browser::run(link, directory, Mode::IndexedDb),
            Self::BrowserOpfs => browser::run(link, directory, Mode::Opfs),
            Self::BrowserRelaxed => browser::run(link, directory, Mode::Relaxed),
            Self::InPlace => naive::run(link, directory, naive::in_place),
            Self::InPlaceFlushed => naive::run(link, directory, naive::in_place_flushed),
            Self::RenameUnflushed => naive::run(link, directory, naive::rename_unflushed),
            Self::RenameDirectoryUnflushed => {
                naive::run(link, directory, naive::rename_directory_unflushed)
            }
        }
    }

    /// The half that knows which outcomes are legal.
    ///
    /// # Errors
    /// The broken promise.
    pub(crate) fn check(self, directory: &Path, unit: u32, told: Told) -> Result<(), Loss> {
        match self {
            Self::Creation
            | Self::Commits
            | Self::Rotation
            | Self::Background
            | Self::Reopenings
            | Self::Killed
            | Self::Recovery => store::check(&store::place(directory, unit), told),
            Self::AtomicFile => file::check_file(directory, unit, told),
            Self::AtomicWrite => file::check_value(directory, told),
            Self::Backup => backup::check(directory, unit, told),
            Self::BrowserIndexedDb => browser::check(directory, told, Mode::IndexedDb),
            Self::BrowserOpfs => browser::check(directory, told, Mode::Opfs),
            Self::BrowserRelaxed => browser::check(directory, told, Mode::Relaxed),
            Self::InPlace
            | Self::InPlaceFlushed
            | Self::RenameUnflushed
            | Self::RenameDirectoryUnflushed => naive::check(directory, told),
        }
    }
}
