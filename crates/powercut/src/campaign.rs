//! Many lanes, as many at a time as there are processors.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::file_system::FileSystem;
use crate::lane::{self, Keep, Lane, LaneReport};
use crate::stop::Stop;
use crate::workload::Workload;

/// What is to be examined.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The file systems to examine.
    pub file_systems: Vec<FileSystem>,
    /// The workloads to record, controls among them.
    pub workloads: Vec<Workload>,
    /// How many states per file system, shared among the workloads that are not controls.
    pub states: usize,
    /// How many states per file system and control.
    pub control_states: usize,
    /// Decides which states are chosen.
    pub seed: u64,
    /// How many lanes run at a time.
    pub jobs: NonZero<usize>,
    /// Where recordings are kept, and which.
    pub keep: Keep,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Whether no promise was broken, and every control lost something.
    pub passed: bool,
    /// The seed that the states depend on.
    pub seed: u64,
    /// How long everything took.
    pub seconds: f64,
    /// Where recordings were kept, if any were.
    pub kept: Option<PathBuf>,
    /// The lanes, in the order of file systems and workloads.
    pub lanes: Vec<LaneReport>,
}

/// Examines everything. `progress` is called with every finished lane.
///
/// # Errors
/// The first failure of the harness itself; [`Error::Stopped`].
pub fn run(
    campaign: &Campaign,
    stop: &Stop,
    progress: &(dyn Fn(&LaneReport) + Sync),
) -> Result<Report> {
    let begun = Instant::now();
    let lanes = lanes(campaign);
    let next = AtomicUsize::new(0);
    let finished = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        while let Some(lane) = lanes.get(next.fetch_add(1, Ordering::Relaxed)) {
            let report = lane::run(lane, stop).inspect_err(|_| stop.ask())?;
            progress(&report);
            finished
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(report);
        }
        Ok(())
    };
    let outcomes: Vec<Result<()>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..campaign.jobs.get().min(lanes.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let ends = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ends.collect()
    });
    settle(outcomes)?;
    let mut lanes = finished
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    lanes.sort_by_key(|lane| (lane.file_system, lane.workload));
    let kept = lanes.iter().flat_map(|lane| &lane.kept).next();
    Ok(Report {
        passed: lanes.iter().all(LaneReport::passed),
        seed: campaign.seed,
        seconds: begun.elapsed().as_secs_f64(),
        kept: kept.and_then(|path| Some(path.parent()?.to_owned())),
        lanes,
    })
}

/// The first error that is a cause and not a consequence.
fn settle(outcomes: Vec<Result<()>>) -> Result<()> {
    let mut stopped = Ok(());
    for outcome in outcomes {
        match outcome {
            Ok(()) => {}
            Err(Error::Stopped) => stopped = Err(Error::Stopped),
            Err(error) => return Err(error),
        }
    }
    stopped
}

fn lanes(campaign: &Campaign) -> Vec<Lane> {
    let ours = campaign
        .workloads
        .iter()
        .filter(|w| !w.is_control())
        .count();
    let mut lanes = Vec::new();
    for file_system in &campaign.file_systems {
        let (mut left, mut shares) = (campaign.states, ours);
        for workload in &campaign.workloads {
            let states = if workload.is_control() {
                campaign.control_states
            } else {
                let share = left.div_ceil(shares.max(1));
                (left, shares) = (left.saturating_sub(share), shares.saturating_sub(1));
                share
            };
            if states > 0 && workload.concerns(*file_system) {
                lanes.push(Lane {
                    file_system: *file_system,
                    workload: *workload,
                    states,
                    seed: campaign.seed,
                    keep: campaign.keep.clone(),
                });
            }
        }
    }
    lanes
}
