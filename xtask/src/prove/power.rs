//! Power cuts on real file systems.

use std::time::{Duration, Instant};

use crate::part::Result;
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

/// Crash states on each file system, in each run.
const STATES: &str = "500";

/// What the program answers where this machine lacks something that it needs.
const UNABLE: i32 = 2;

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    cut(workspace, &["run", "--install", "--states", STATES])
}

/// Runs the program, again and again for as long as is asked for. Each run draws a seed of its own, and prints it.
pub(super) fn cut(workspace: &Workspace, arguments: &[&str]) -> Result {
    let started = Instant::now();
    let goes_on = Duration::from_secs_f64(workspace.hours.unwrap_or(0.0).max(0.0) * 3600.0);
    loop {
        let mut cuts = workspace.cargo("run");
        cuts.args([
            "--quiet",
            "--release",
            "--package",
            "steadfast-powercut",
            "--",
        ]);
        cuts.args(arguments);
        process::run_where_able(&mut cuts, UNABLE)?;
        if started.elapsed() >= goes_on {
            return Ok(());
        }
    }
}
