//! Crash states of simulated disks.
//!
//! The explorers run with every test too, always with the same seed, so that a failure can be
//! reproduced. Here each round has a seed of its own, which decides the samples and some of the
//! workloads. It is printed, and `STEADFAST_SEED` repeats it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Instant;

use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

/// The tests that explore: the core over a simulated backend, and the file backend over a simulated
/// disk.
const EXPLORERS: [&str; 2] = [
    "the_explorer_finds_nothing_in_a_store",
    "every_crash_state_of_the_file_backend",
];

/// One round explores more states than this.
const STATES_MIN: u64 = 100_000;

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    let started = Instant::now();
    let mut seed = RandomState::new().hash_one(0) >> 1;
    loop {
        say(&format!("STEADFAST_SEED={seed}"));
        let before = totals.states;
        let mut tests = workspace.cargo("test");
        tests.args(["--package", "steadfast-testkit"]);
        tests.args(EXPLORERS.into_iter().flat_map(|name| ["--test", name]));
        tests.args(["--", "--nocapture"]);
        tests.env("STEADFAST_SEED", seed.to_string());
        process::run_tests(&mut tests, totals)?;
        let states = totals.states.saturating_sub(before);
        if states < STATES_MIN {
            return Err(Stop::failed(format!(
                "only {states} crash states were explored, of at least {STATES_MIN}"
            )));
        }
        if started.elapsed() >= workspace.goes_on() {
            return Ok(());
        }
        seed = seed.wrapping_add(1);
    }
}
