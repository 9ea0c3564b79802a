//! Every crash state of a workload on a simulated disk, two crashes deep.
//!
//! The workload runs once to count its steps. Then it runs again for every step and every fault of
//! that step: the power fails, the step fails undone or done, or there is no room for it. The
//! program gives up, and leaves these disks:
//!
//! * The power is cut, and each subset of the pending changes survives (a seeded sample where there
//!   are too many).
//! * The program is killed, and everything survives, but nothing is flushed.
//!
//! Each disk that this leaves is recovered and checked. The recovery is cut at each of its own
//! steps and after its last, and has to succeed after that. A failure is shrunk to as few of the
//! workload's actions as show one.

use steadfast_core::Fate;

use super::call::Call;
use super::disk::Disk;
use super::fault::{Blow, Fault};
use crate::explorer::Exploration;

/// A workload that is explored.
pub trait Workload {
    /// What has been acknowledged, and what else may be there.
    type Progress;

    /// Runs on an empty disk until the work is done or a call fails.
    fn run(&self, disk: &Disk) -> Self::Progress;

    /// Opens what a crash left, and does no more; `None` if a call fails. The progress that it
    /// returns is what it saw: every later crash has to respect it.
    fn recover(&self, disk: &Disk, progress: &Self::Progress) -> Option<Self::Progress>;

    /// Opens what a crash left, and compares it with the progress.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    fn check(&self, disk: &Disk, progress: &Self::Progress) -> Result<(), String>;

    /// The workload without one of its actions, counted from 0, for shrinking. `None` if there is
    /// no such action, or the workload cannot do without it.
    #[must_use]
    fn without(&self, action: usize) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = action;
        None
    }

    /// What it does, for the report of a failure.
    fn script(&self) -> String {
        String::new()
    }
}

/// How thoroughly to look.
#[derive(Clone, Debug)]
pub struct Explorer {
    /// The seed that the samples are drawn from.
    pub seed: u64,
    /// Up to this many pending changes, every subset of them is tried.
    pub exhaustive_max: u32,
    /// Beyond that, this many subsets are drawn, besides none and all.
    pub samples: u32,
    /// For a cut during recovery, this many subsets are drawn, besides none and all.
    pub samples_in_recovery: u32,
    /// Whether the blocks of a file that nobody can reach any more are given to the next writer at
    /// once: see [`Disk::give_away_early`].
    pub gives_away_early: bool,
    /// Whether a program is also killed after a failed flush of a file, and started again while the
    /// machine stays up. The system then shows bytes that the disk does not have, and reports them
    /// as flushed. Only a program that writes them once more keeps them.
    pub kills_after_failed_flushes: bool,
}

impl Default for Explorer {
    fn default() -> Self {
        Self {
            seed: 1,
            exhaustive_max: 5,
            samples: 24,
            samples_in_recovery: 2,
            gives_away_early: false,
            kills_after_failed_flushes: false,
        }
    }
}

impl Explorer {
    /// Explores every crash state of the workload, within the bounds, up to the first failure.
    pub fn explore<W: Workload>(&self, workload: &W) -> Exploration {
        let (mut found, failure) = self.look(workload);
        found.failure = failure.map(|failure| self.shrunk(workload, failure));
        found
    }

    fn look<W: Workload>(&self, workload: &W) -> (Exploration, Option<String>) {
        let disk = self.disk();
        let progress = workload.run(&disk);
        let growth = disk.growth();
        let mut found = Exploration {
            steps: disk.steps(),
            seed: self.seed,
            ..Exploration::default()
        };
        if let Err(what) = workload.check(&disk.killed(), &progress) {
            return (found, Some(format!("without any fault: {what}")));
        }
        // One step more than there are: the power fails after the last one.
        for step in 1..=found.steps.saturating_add(1) {
            for fault in Fault::all(step, &growth) {
                if let Err(what) = self.cut(workload, step, fault, &mut found.states) {
                    return (found, Some(what));
                }
            }
        }
        (found, None)
    }

    /// Leaves out one action after another, as long as some crash state still fails. Describes the
    /// actions that are left.
    fn shrunk<W: Workload>(&self, workload: &W, failure: String) -> String {
        let (mut shortest, mut failure): (Option<W>, _) = (None, failure);
        let mut at = 0;
        while let Some(shorter) = shortest.as_ref().unwrap_or(workload).without(at) {
            match self.look(&shorter).1 {
                Some(still) => (shortest, failure) = (Some(shorter), still),
                None => at = at.saturating_add(1),
            }
        }
        let script = shortest.as_ref().unwrap_or(workload).script();
        format!("{failure}; seed {}; script: {script}", self.seed)
    }

    fn disk(&self) -> Disk {
        let disk = Disk::new();
        if self.gives_away_early {
            disk.give_away_early();
        }
        disk
    }

    fn cut<W: Workload>(
        &self,
        workload: &W,
        step: u64,
        fault: Fault,
        states: &mut u64,
    ) -> Result<(), String> {
        let disk = self.disk();
        fault.plan(&disk, step);
        let progress = workload.run(&disk);
        let call = usize::try_from(step.saturating_sub(1))
            .ok()
            .and_then(|index| disk.calls().get(index).copied());
        for blow in self.blows(&disk, step, fault, call) {
            let what = |what| {
                let call = call.map_or("the end".to_owned(), |call| call.to_string());
                format!("{fault} at step {step} ({call}), {blow}: {what}")
            };
            *states = states.saturating_add(1);
            let left = blow.strike(&disk);
            workload.check(&left, &progress).map_err(what)?;
            self.cut_again(workload, &progress, step, states, || blow.strike(&disk))
                .map_err(what)?;
        }
        Ok(())
    }

    fn cut_again<W: Workload>(
        &self,
        workload: &W,
        progress: &W::Progress,
        step: u64,
        states: &mut u64,
        left: impl Fn() -> Disk,
    ) -> Result<(), String> {
        let whole = left();
        workload.recover(&whole, progress);
        for second in 1..=whole.steps().saturating_add(1) {
            let disk = left();
            disk.crash_at(second);
            let seen = workload.recover(&disk, progress);
            let progress = seen.as_ref().unwrap_or(progress);
            for fate in self.drawn(self.samples_in_recovery, step, second) {
                *states = states.saturating_add(1);
                let checked = workload.check(&disk.restart(fate), progress);
                checked.map_err(|what| {
                    format!("power cut at step {second} of the recovery ({fate:?}): {what}")
                })?;
            }
        }
        Ok(())
    }

    fn blows(&self, disk: &Disk, step: u64, fault: Fault, call: Option<Call>) -> Vec<Blow> {
        let fates = self.fates(disk, step).into_iter().map(Blow::PowerCut);
        let may_be_killed = fault != Fault::Fails
            || match call {
                Some(Call::FlushFile) => self.kills_after_failed_flushes,
                // A file system that cannot write its directories stops working.
                Some(Call::FlushDirectory) => false,
                _ => true,
            };
        let killed = may_be_killed.then_some(Blow::Killed);
        fates.chain(killed).collect()
    }

    /// The fates to try on a disk whose power failed at `step`.
    pub(super) fn fates(&self, disk: &Disk, step: u64) -> Vec<Fate> {
        let units = disk.unsynced_units();
        if units <= self.exhaustive_max.min(20) {
            (0..1_u64 << units).map(Fate::Chosen).collect()
        } else {
            self.drawn(self.samples, step, 0)
        }
    }

    fn drawn(&self, count: u32, step: u64, second: u64) -> Vec<Fate> {
        let base = self
            .seed
            .wrapping_mul(1_000_003)
            .wrapping_add(step.wrapping_mul(4_099))
            .wrapping_add(second.wrapping_mul(257));
        let torn = (0..count).map(|number| Fate::Torn(base.wrapping_add(u64::from(number))));
        [Fate::Lost, Fate::Kept].into_iter().chain(torn).collect()
    }
}
