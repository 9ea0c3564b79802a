//! Every crash state of a workload: a power cut at each step, each subset of what was not flushed,
//! and power cuts during recovery.
//!
//! The workload is a [`Script`] of commits, snapshots and reopenings of a [`Store`] with your own
//! state. It runs once to count the steps of the simulated disk. Then, for every step, the script
//! runs until the power fails at that step. For every [`Fate`] of the unflushed sectors and names,
//! the disk is restarted, and the store is opened and compared. Two states are allowed: the one
//! after all acknowledged commits, and the one after one more commit, which was in flight. Any
//! other state is a failure, and so is an error. Then the script runs to its end, and the store is
//! compared again. Recovery is cut at each of its own steps too, and has to succeed after that.
//!
//! Everything is drawn from one seed: the same explorer gives the same states, in the same order,
//! on every machine.

mod model;
mod run;
mod script;
mod shrink;

use std::fmt;

use steadfast_core::{Fate, MemoryBackend, State, StorageBackend, Store, StoreOptions};

use model::Model;
pub use script::Script;

/// How thoroughly to look.
#[derive(Clone, Debug)]
pub struct Explorer {
    /// The seed that the samples are drawn from.
    pub seed: u64,
    /// Up to this many unflushed sectors and names, every subset of them is tried.
    pub exhaustive_max: u32,
    /// Beyond that, this many subsets are drawn, besides none and all.
    pub samples: u32,
    /// For a cut during recovery, this many subsets are drawn, besides none and all.
    pub samples_in_recovery: u32,
    /// How stores are opened. With small segments, much happens in few steps.
    pub options: StoreOptions,
}

impl Default for Explorer {
    fn default() -> Self {
        Self {
            seed: 1,
            exhaustive_max: 5,
            samples: 12,
            samples_in_recovery: 2,
            options: StoreOptions::default().segment_len(400),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Exploration {
    /// Steps of the script on the disk.
    pub steps: u64,
    /// Crash states that were opened and compared.
    pub states: u64,
    /// The seed that they were drawn from.
    pub seed: u64,
    /// The first failure, shrunk to as few steps as show one. Exploring ends with it.
    pub failure: Option<String>,
}

/// A crash state that is not allowed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) step: u64,
    pub(crate) fate: Fate,
    pub(crate) recovery_step: Option<(u64, Fate)>,
    pub(crate) what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "power cut at step {} ({:?})", self.step, self.fate)?;
        if let Some((step, fate)) = self.recovery_step {
            write!(f, ", and at step {step} of the recovery ({fate:?})")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl Explorer {
    /// Explores every crash state of the script, within the bounds.
    #[must_use]
    pub fn explore<S: State>(&self, script: &Script<S>) -> Exploration {
        self.explore_over(script, |disk| disk)
    }

    /// [`explore`](Self::explore) with a decorator between the store and the simulated disk. A
    /// decorator that forgets to flush, for example, shows that the explorer notices it.
    #[must_use]
    pub fn explore_over<S: State, B: StorageBackend>(
        &self,
        script: &Script<S>,
        wrap: impl Fn(MemoryBackend) -> B,
    ) -> Exploration {
        let (mut exploration, failure) = self.look(script, &wrap);
        exploration.failure = failure.map(|failure| shrink::shrunk(self, script, &wrap, failure));
        exploration
    }

    fn look<S: State, B: StorageBackend>(
        &self,
        script: &Script<S>,
        wrap: &impl Fn(MemoryBackend) -> B,
    ) -> (Exploration, Option<Failure>) {
        let mut found = Exploration {
            seed: self.seed,
            ..Exploration::default()
        };
        let disk = MemoryBackend::new();
        let clean = run::run(&disk, wrap, script, 0, &self.options);
        found.steps = disk.steps();
        let failure = |what: String| Failure {
            step: 0,
            fate: Fate::Kept,
            recovery_step: None,
            what,
        };
        if let Some(error) = clean.error {
            return (found, Some(failure(format!("without any fault: {error}"))));
        }
        let model = match Model::of(script) {
            Ok(model) => model,
            Err(error) => return (found, Some(failure(error.to_string()))),
        };
        for step in 1..=found.steps {
            if let Err(failure) = self.cut(script, &model, step, &mut found.states, wrap) {
                return (found, Some(failure));
            }
        }
        (found, None)
    }

    /// Cuts the power at `step`, with every fate of the disk, and at every step of the recovery
    /// after it.
    fn cut<S: State, B: StorageBackend>(
        &self,
        script: &Script<S>,
        model: &Model,
        step: u64,
        states: &mut u64,
        wrap: &impl Fn(MemoryBackend) -> B,
    ) -> Result<(), Failure> {
        let disk = MemoryBackend::new();
        disk.crash_at(step);
        let acknowledged = run::run(&disk, wrap, script, 0, &self.options).acknowledged;
        for fate in self.fates(&disk, step) {
            let failure = |what| Failure {
                step,
                fate,
                recovery_step: None,
                what,
            };
            let restarted = disk.restart(fate);
            *states += 1;
            let recovery = model.check(&restarted, wrap, script, acknowledged, &self.options);
            let recovery_steps = recovery.map_err(failure)?;
            for second in 1..=recovery_steps {
                let again = disk.restart(fate);
                again.crash_at(second);
                // The plan of the disk decides whether this open succeeds. Only what it leaves is
                // checked.
                drop(pollster::block_on(Store::<S, B>::open(
                    wrap(again.clone()),
                    self.options.clone(),
                )));
                for after in self.fates_in_recovery(step, second) {
                    *states += 1;
                    let recovery_step = Some((second, after));
                    let checked = model.check(
                        &again.restart(after),
                        wrap,
                        script,
                        acknowledged,
                        &self.options,
                    );
                    checked.map_err(|what| Failure {
                        step,
                        fate,
                        recovery_step,
                        what,
                    })?;
                }
            }
        }
        Ok(())
    }

    fn fates(&self, disk: &MemoryBackend, step: u64) -> Vec<Fate> {
        let units = disk.unsynced_units();
        if units <= self.exhaustive_max.min(20) {
            return (0..1_u64 << units).map(Fate::Chosen).collect();
        }
        self.drawn(self.samples, step, 0)
    }

    fn fates_in_recovery(&self, step: u64, second: u64) -> Vec<Fate> {
        self.drawn(self.samples_in_recovery, step, second)
    }

    fn drawn(&self, count: u32, step: u64, second: u64) -> Vec<Fate> {
        let base = self
            .seed
            .wrapping_mul(1_000_003)
            .wrapping_add(step.wrapping_mul(4_099));
        let seed =
            |number| Fate::Torn(base.wrapping_add(second.wrapping_mul(257) + u64::from(number)));
        [Fate::Lost, Fate::Kept]
            .into_iter()
            .chain((0..count).map(seed))
            .collect()
    }
}
