//! Power cuts on real file systems.

use std::time::Instant;

use crate::part::Result;
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

/// Crash states on each file system, in each run.
const STATES: &str = "500";

/// The program's exit code if this machine lacks something that it needs.
const UNABLE: i32 = 2;

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    cut(workspace, &["run", "--install", "--states", STATES], totals)
}

/// Runs the program repeatedly, for as long as is asked for. Each run draws a seed of its own, and
/// prints it.
pub(super) fn cut(workspace: &Workspace, arguments: &[&str], totals: &mut Totals) -> Result {
    let started = Instant::now();
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
        process::run_where_able(&mut cuts, UNABLE, totals)?;
        if started.elapsed() >= workspace.goes_on() {
            return Ok(());
        }
    }
}
