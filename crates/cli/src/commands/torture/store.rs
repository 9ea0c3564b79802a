//! Whole stores, crashed at every step.

use steadfast::{Kv, KvBatch, PersistenceError};
use steadfast_testkit::explorer::{Explorer, Script};

use crate::progress;
use crate::text;

/// What the exploration found.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) seed: u64,
    pub(super) states: u64,
    pub(super) scripts: u64,
    /// The first crash state that was wrong.
    pub(super) failure: Option<String>,
}

impl Trial {
    /// Explores short random scripts until there were `states_min` crash states or one was wrong.
    pub(super) fn of(seed: u64, states_min: u64, quiet: bool) -> Self {
        let bar = if quiet {
            progress::none()
        } else {
            progress::steps(states_min)
        };
        let mut random = fastrand::Rng::with_seed(seed);
        let mut trial = Self {
            seed,
            states: 0,
            scripts: 0,
            failure: None,
        };
        while trial.states < states_min && trial.failure.is_none() {
            let explorer = Explorer {
                seed: random.u64(..),
                ..Explorer::default()
            };
            let exploration = explorer.explore(&script(&mut random));
            trial.scripts = trial.scripts.saturating_add(1);
            trial.states = trial.states.saturating_add(exploration.states);
            trial.failure = exploration.failure;
            bar.set_position(trial.states.min(states_min));
            bar.set_message(format!(
                "crash states of {} · {} lost",
                text::count(trial.scripts, "store"),
                trial.losses(),
            ));
        }
        bar.finish_and_clear();
        trial
    }

    pub(super) const fn losses(&self) -> u64 {
        if self.failure.is_some() { 1 } else { 0 }
    }
}

/// A few commits with a snapshot or a reopening between them. Some commits are long enough to tear
/// or to fill a segment.
fn script(random: &mut fastrand::Rng) -> Script<Kv> {
    let mut script = Script::new();
    for number in 0..random.u32(2..=4) {
        let (key, len) = (random.u8(b'a'..=b'e'), random.usize(0..700));
        script = script.commit(move || batch(number, key, len));
        script = match random.u8(0..6) {
            0 | 1 => script.snapshot(),
            2 => script.reopen(),
            _ => script,
        };
    }
    script
}

fn batch(number: u32, key: u8, len: usize) -> Result<KvBatch, PersistenceError> {
    let mut batch = Kv::put([key], "x".repeat(len))?;
    batch.delete([b'a'])?;
    batch.put("last", number.to_string())?;
    Ok(batch)
}
