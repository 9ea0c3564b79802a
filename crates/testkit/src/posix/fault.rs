//! What a step meets, and how the run of a program ends after that.

use std::fmt;

use steadfast_core::Fate;

use super::disk::Disk;

/// What a step meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    PowerGoes,
    Fails,
    FailsLate,
    /// The disk is full after this many bytes: within this step.
    Full(u64),
}

impl Fault {
    /// All faults that a step can meet. A write that makes a file longer also meets a disk with
    /// room for half of the growth, and for nothing after that.
    pub(super) fn all(step: u64, growth: &[u64]) -> Vec<Self> {
        let index = usize::try_from(step.saturating_sub(1)).unwrap_or(usize::MAX);
        let before: u64 = growth.iter().take(index).sum();
        let own = growth.get(index).copied().unwrap_or(0);
        let mut faults = vec![Self::PowerGoes, Self::Fails, Self::FailsLate];
        if own > 0 {
            faults.push(Self::Full(before.saturating_add(own >> 1)));
        }
        faults
    }

    pub(super) fn plan(self, disk: &Disk, step: u64) {
        match self {
            Self::PowerGoes => disk.crash_at(step),
            Self::Fails => disk.fail_at(step),
            Self::FailsLate => disk.fail_late_at(step),
            Self::Full(room) => disk.full_after(room),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PowerGoes => f.write_str("end"),
            Self::Fails => f.write_str("failure"),
            Self::FailsLate => f.write_str("late failure"),
            Self::Full(room) => write!(f, "disk full after {room} bytes"),
        }
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Blow {
    PowerCut(Fate),
    Killed,
}

impl Blow {
    pub(super) fn strike(self, disk: &Disk) -> Disk {
        match self {
            Self::PowerCut(fate) => disk.restart(fate),
            Self::Killed => disk.killed(),
        }
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PowerCut(fate) => write!(f, "power cut ({fate:?})"),
            Self::Killed => f.write_str("killed"),
        }
    }
}
