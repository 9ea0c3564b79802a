//! The interleavings of the commit path.

use crate::part::Result;
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

/// Schedules for each test in the bounded size: about a second.
const SCHEDULES: u64 = 5_000;

/// Schedules in an hour, cautiously.
const SCHEDULES_AN_HOUR: f64 = 5_000_000.0;

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    let mut tests = workspace.cargo("test");
    tests.args([
        "--package",
        "steadfast-core",
        "--test",
        "interleavings_of_the_commit_path",
    ]);
    // The flags differ, so the artefacts do. A directory of its own keeps both sets.
    tests
        .env("RUSTFLAGS", "--cfg steadfast_shuttle")
        .env("CARGO_TARGET_DIR", workspace.target_dir.join("shuttle"))
        .env("STEADFAST_ITERATIONS", schedules(workspace).to_string());
    process::run_tests(&mut tests, totals)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of hours that a person typed"
)]
fn schedules(workspace: &Workspace) -> u64 {
    workspace
        .hours
        .map_or(SCHEDULES, |hours| (hours * SCHEDULES_AN_HOUR) as u64)
}
