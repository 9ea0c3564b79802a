//! The steps of a recorded disk.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The smallest piece that a disk writes whole, in bytes.
pub const SECTOR_LEN: u64 = 512;

/// One step of a recording, in the order in which the disk saw it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Bytes were written.
    Write {
        /// Where, in bytes from the start of the disk.
        offset: u64,
        /// What.
        data: Vec<u8>,
    },
    /// A range was discarded, and reads as zeros.
    Zero {
        /// Where it begins, in bytes.
        offset: u64,
        /// How long it is, in bytes.
        len: u64,
    },
    /// Everything before this step is durable.
    Flush,
    /// The program said something.
    Mark(Mark),
}

impl Event {
    /// How many sectors it changes.
    #[must_use]
    pub fn sectors(&self) -> u64 {
        match self {
            Self::Write { data, .. } => (data.len() as u64).div_ceil(SECTOR_LEN),
            Self::Zero { len, .. } => len.div_ceil(SECTOR_LEN),
            Self::Flush | Self::Mark(_) => 0,
        }
    }
}

impl Event {
    /// Where on the disk it changes something, in bytes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        match self {
            Self::Write { offset, .. } | Self::Zero { offset, .. } => *offset,
            Self::Flush | Self::Mark(_) => 0,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sectors = self.sectors();
        match self {
            Self::Write { offset, .. } => write!(f, "write {sectors} sectors at {offset}"),
            Self::Zero { offset, .. } => write!(f, "discard {sectors} sectors at {offset}"),
            Self::Flush => f.write_str("flush"),
            Self::Mark(Mark { unit, kind, count }) => match kind {
                MarkKind::Begun => write!(f, "begun: {count} of {unit}"),
                MarkKind::Acknowledged => write!(f, "acknowledged: {count} of {unit}"),
            },
        }
    }
}

/// What the program said about one of its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// Which unit: a program may keep several stores or files.
    pub unit: u32,
    /// What it said.
    pub kind: MarkKind,
    /// How many commits the unit has; 0 if it was created and nothing more.
    pub count: u64,
}

/// What a program can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MarkKind {
    /// The commit begins: from here on a crash may leave it.
    Begun,
    /// The commit returned `Ok`: from here on a crash must leave it.
    Acknowledged,
}
