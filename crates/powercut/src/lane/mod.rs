//! One workload on one file system, recorded and then cut at many points. It is recorded once, or
//! several times for a second cut.

mod report;

use std::path::{Path, PathBuf};
use std::time::Instant;

pub use report::{Failure, LaneReport};

use crate::check::{Finding, Loss, examine};
use crate::crash::{Crash, Grain, choose};
use crate::disk::{Mark, MarkKind};
use crate::error::{Error, Result, failed};
use crate::file_system::FileSystem;
use crate::recording::{Recording, Start, record};
use crate::rig::Rig;
use crate::stop::Stop;
use crate::workload::Workload;

/// How many states are examined between two recordings of a second cut.
const STATES_PER_SECOND_CUT: usize = 8;

/// The disk itself is kept only for this many failed states. The recording contains all of them.
const IMAGES_KEPT_MAX: usize = 3;

/// What a lane examines.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The file system.
    pub file_system: FileSystem,
    /// The workload.
    pub workload: Workload,
    /// How many crash states are examined.
    pub states: usize,
    /// Decides which states are chosen.
    pub seed: u64,
    /// Where recordings are kept.
    pub keep: Keep,
}

/// Where recordings are kept, and which.
#[derive(Clone, Debug)]
pub enum Keep {
    /// Recordings in which a promise of ours was broken, in this directory, which is made when it
    /// is needed.
    Failed(PathBuf),
    /// All recordings, in this directory.
    All(PathBuf),
}

/// Examines a lane.
///
/// # Errors
/// What the harness itself could not do; [`Error::Stopped`].
pub fn run(lane: &Lane, stop: &Stop) -> Result<LaneReport> {
    let begun = Instant::now();
    let mut rig = Rig::new()?;
    let mut report = LaneReport::new(lane);
    let firsts = lane.workload.firsts();
    if firsts.is_empty() {
        let recording = lane.record_new(&mut rig, lane.workload)?;
        lane.cut(&mut rig, &recording, 0, lane.states, stop, &mut report)?;
    } else {
        lane.cut_twice(&mut rig, firsts, stop, &mut report)?;
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

impl Lane {
    /// Every recording has a seed of its own.
    fn seed_of(&self, workload: Workload, number: usize) -> u64 {
        let name = format!("{}/{}/{number}", self.file_system.name(), workload.name());
        // FNV-1a.
        name.bytes()
            .fold(self.seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
    }

    fn record_new(&self, rig: &mut Rig, workload: Workload) -> Result<Recording> {
        let seed = self.seed_of(workload, 0);
        record(rig, self.file_system, workload, seed, Start::New)
    }

    /// Records a workload that begins with a crash state. If the file system does not mount a state
    /// with torn blocks, the state has whole blocks.
    fn record_crashed(
        &self,
        rig: &mut Rig,
        recording: &Recording,
        crash: &Crash,
        number: usize,
    ) -> Result<Recording> {
        let seed = self.seed_of(self.workload, number);
        let mut crash = crash.clone();
        loop {
            let start = Start::Crashed(crash.image(recording), marks(recording, &crash));
            match record(rig, self.file_system, self.workload, seed, start) {
                Err(Error::Unmountable(_)) if crash.grain == Grain::Sector => {
                    crash.grain = Grain::Block;
                }
                recorded => return recorded,
            }
        }
    }

    /// Cuts each of the first workloads, and records the second one on those crash states.
    fn cut_twice(
        &self,
        rig: &mut Rig,
        firsts: &[Workload],
        stop: &Stop,
        report: &mut LaneReport,
    ) -> Result<()> {
        let cuts = self.states.div_ceil(STATES_PER_SECOND_CUT);
        let mut number = 0_usize;
        let mut left = self.states;
        for (turn, first) in firsts.iter().enumerate() {
            let recording = self.record_new(rig, *first)?;
            let share = cuts.saturating_sub(number).div_ceil(firsts.len() - turn);
            for (state, crash) in choose(&recording, share).iter().enumerate() {
                stop.check()?;
                let states = left.div_ceil(cuts.saturating_sub(number));
                left = left.saturating_sub(states);
                match self.record_crashed(rig, &recording, crash, number) {
                    Ok(second) => self.cut(rig, &second, number, states, stop, report)?,
                    // The workload fails on this crash state: the first cut alone broke a promise.
                    Err(Error::Workload { reason, .. }) => {
                        rig.unmount()?;
                        let loss = Loss::Unopenable(reason);
                        report.count(crash.is_new, false, Some(&loss));
                        let first = self.stem(*first, 0);
                        self.note(&recording, &first, (state, crash), loss, report)?;
                    }
                    Err(error) => return Err(error),
                }
                number += 1;
            }
        }
        Ok(())
    }

    /// Examines crash states of a recording.
    fn cut(
        &self,
        rig: &mut Rig,
        recording: &Recording,
        number: usize,
        states: usize,
        stop: &Stop,
        report: &mut LaneReport,
    ) -> Result<()> {
        report.recorded.add(recording.size());
        let stem = self.stem(self.workload, number);
        if let Keep::All(directory) = &self.keep {
            report.kept.push(keep(recording, directory, &stem)?);
        }
        for (state, crash) in choose(recording, states).iter().enumerate() {
            stop.check()?;
            let Finding { loss, was_torn } = examine(rig, recording, crash)?;
            report.count(crash.is_new, was_torn, loss.as_ref());
            if let Some(loss) = loss {
                self.note(recording, &stem, (state, crash), loss, report)?;
            }
        }
        Ok(())
    }

    /// The file name of a recording, without its extension.
    fn stem(&self, workload: Workload, number: usize) -> String {
        format!("{}-{}-{number}", self.file_system.name(), workload.name())
    }

    /// Notes a broken promise, and keeps the recording that shows it.
    fn note(
        &self,
        recording: &Recording,
        stem: &str,
        (state, crash): (usize, &Crash),
        loss: Loss,
        report: &mut LaneReport,
    ) -> Result<()> {
        report.failures.push(Failure {
            recording: format!("{stem}.recording"),
            state,
            loss,
        });
        if report.is_control {
            return Ok(());
        }
        let (Keep::Failed(directory) | Keep::All(directory)) = &self.keep;
        let kept = keep(recording, directory, stem)?;
        if !report.kept.contains(&kept) {
            report.kept.push(kept);
        }
        if report.failures.len() <= IMAGES_KEPT_MAX {
            let image = directory.join(format!("{stem}-state-{state}.img"));
            save_image(recording, crash, &image)?;
            report.kept.push(image);
        }
        Ok(())
    }
}

/// Saves the recording in the directory.
fn keep(recording: &Recording, directory: &Path, stem: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(directory).map_err(failed("create", directory))?;
    let path = directory.join(format!("{stem}.recording"));
    recording.save(&path)?;
    Ok(path)
}

fn save_image(recording: &Recording, crash: &Crash, path: &Path) -> Result<()> {
    let saved = crash.image(recording).save(path);
    saved.map_err(failed("write", path))
}

/// What was said before the crash, for a recording that begins with that crash.
fn marks(recording: &Recording, crash: &Crash) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (unit, told) in recording.told_at(crash.cut) {
        let told = [
            (MarkKind::Begun, told.begun),
            (MarkKind::Acknowledged, told.acknowledged),
        ];
        for (kind, count) in told {
            marks.extend(count.map(|count| Mark { unit, kind, count }));
        }
    }
    marks
}

/// Examines one state of a recording again, and saves its disk if that is asked for.
///
/// # Errors
/// What the harness itself could not do.
pub fn replay(
    recording: &Recording,
    state: usize,
    image: Option<&Path>,
) -> Result<(Crash, Finding)> {
    let chosen = choose(recording, state.saturating_add(1));
    let crash = chosen.into_iter().next_back().ok_or(Error::Stopped)?;
    if let Some(path) = image {
        save_image(recording, &crash, path)?;
    }
    let finding = examine(&mut Rig::new()?, recording, &crash)?;
    Ok((crash, finding))
}
