//! The disk, as programs and tests use it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast_core::Fate;

use super::call::Call;
use super::directory::Directory;
use super::state::{ROOT, State};

/// A simulated disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    state: Arc<Mutex<State>>,
}

impl Disk {
    /// An empty disk, without a fault so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn of(state: State) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its top directory, which no crash removes.
    #[must_use]
    pub fn root(&self) -> Directory {
        Directory::new(self.clone(), ROOT)
    }

    /// The power fails during this step: the step and every call after it fail, and a crash may
    /// keep or lose the step. Steps are counted from 1.
    pub fn crash_at(&self, step: u64) {
        self.state().crash_at = Some(step);
    }

    /// This step fails. Of a write the first half is done. Of a flush nothing is done, and no later
    /// flush writes what it should have written. Of every other call nothing is done.
    pub fn fail_at(&self, step: u64) {
        self.state().fail_at = Some(step);
    }

    /// This step is done, and then reported as failed: as when the answer of a network file system
    /// is lost.
    pub fn fail_late_at(&self, step: u64) {
        self.state().fail_late_at = Some(step);
    }

    /// There is room for this many bytes more, until the next crash. Of a write that makes a file
    /// longer than that, as much is done as fits, and it fails with
    /// [`StorageFull`](std::io::ErrorKind::StorageFull). Bytes that overwrite others need no room.
    pub fn full_after(&self, bytes: u64) {
        self.state().room = Some(bytes);
    }

    /// By how many bytes each step made a file longer. These are the steps at which a disk can
    /// become full.
    #[must_use]
    pub fn growth(&self) -> Vec<u64> {
        self.state().growth.clone()
    }

    /// From now on, also after every crash, the bytes of a file without a name and without a handle
    /// may be replaced by another file's at once, before the loss of its name is durable: as on
    /// ext4 with `data=writeback`. The handles of a killed program keep their files: that window is
    /// a few microseconds long, and nothing that a program does could close it.
    pub fn give_away_early(&self) {
        self.state().gives_away_early = true;
    }

    /// Frees every lock, though the handles that hold them live: as for a program that uses another
    /// mount of the disk, which keeps locks of its own.
    pub fn forget_locks(&self) {
        self.state().locks.clear();
    }

    /// How many steps were taken.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state().steps()
    }

    /// What the steps were.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The number of pending changes that a crash keeps or loses. As many bits choose a state with
    /// [`Fate::Chosen`]: inodes in the order of their creation, and the changes of each inode in
    /// the order in which they were made.
    #[must_use]
    pub fn unsynced_units(&self) -> u32 {
        u32::try_from(self.state().unsynced_units()).unwrap_or(u32::MAX)
    }

    /// The disk after a power cut: each pending change has met its fate. The disk itself is
    /// unchanged, so that the next fate can be tried.
    ///
    /// [`Fate::Torn`] draws the odds first, separately for data and for names, and then each
    /// change.
    #[must_use]
    pub fn restart(&self, fate: Fate) -> Self {
        Self::of(self.state().restarted(fate))
    }

    /// The disk as a killed program leaves it: everything is visible, and pending changes are still
    /// pending. If the power was off, it is on again.
    #[must_use]
    pub fn killed(&self) -> Self {
        Self::of(self.state().killed())
    }

    /// A number that this disk has not given before. The numbers are the same in every run.
    #[must_use]
    pub fn unique(&self) -> u64 {
        self.state().unique()
    }
}
