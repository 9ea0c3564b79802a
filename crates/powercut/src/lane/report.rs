//! What was found in a lane.

use std::path::PathBuf;

use serde::Serialize;

use super::Lane;
use crate::check::Loss;
use crate::file_system::FileSystem;
use crate::recording::Size;
use crate::workload::Workload;

/// What was found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LaneReport {
    /// The file system.
    pub file_system: FileSystem,
    /// The workload.
    pub workload: Workload,
    /// Whether it is known to lose data.
    pub is_control: bool,
    /// The size of all recordings together.
    pub recorded: Size,
    /// How many crash states were examined.
    pub states: u64,
    /// How many of them differ from all others.
    pub distinct: u64,
    /// In how many of them the file system mounted only after the blocks that it had been writing
    /// were whole.
    pub torn: u64,
    /// How many kept every promise.
    pub survivors: u64,
    /// How many lost something, or show something that was never saved.
    pub lost: u64,
    /// How many gave an error when they were opened.
    pub unopenable: u64,
    /// How many the kernel does not mount.
    pub unmountable: u64,
    /// How long it took.
    pub seconds: f64,
    /// The recordings that were kept.
    pub kept: Vec<PathBuf>,
    /// Every broken promise.
    pub failures: Vec<Failure>,
}

/// A broken promise, and how to see it again.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// The recording's file name.
    pub recording: String,
    /// The number of the state.
    pub state: usize,
    /// What is wrong.
    #[serde(flatten)]
    pub loss: Loss,
}

impl LaneReport {
    /// A report without any state so far.
    pub(super) fn new(lane: &Lane) -> Self {
        Self {
            file_system: lane.file_system,
            workload: lane.workload,
            is_control: lane.workload.is_control(),
            recorded: Size::default(),
            states: 0,
            distinct: 0,
            torn: 0,
            survivors: 0,
            lost: 0,
            unopenable: 0,
            unmountable: 0,
            seconds: 0.0,
            kept: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Counts a state.
    pub(super) const fn count(&mut self, is_new: bool, was_torn: bool, loss: Option<&Loss>) {
        self.states += 1;
        self.distinct += is_new as u64;
        self.torn += was_torn as u64;
        let kind = match loss {
            None => &mut self.survivors,
            Some(Loss::Lost(_)) => &mut self.lost,
            Some(Loss::Unopenable(_)) => &mut self.unopenable,
            Some(Loss::Unmountable(_)) => &mut self.unmountable,
        };
        *kind += 1;
    }

    /// How many states broke a promise.
    #[must_use]
    pub fn broken(&self) -> u64 {
        self.states.saturating_sub(self.survivors)
    }

    /// Whether a workload of ours lost nothing, or a control lost something.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.is_control == (self.broken() > 0)
    }
}
