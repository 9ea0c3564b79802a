//! The report for people.

use std::fmt;

use crate::campaign::Report;
use crate::file_system::FileSystem;
use crate::lane::LaneReport;

/// How many broken promises are shown. The JSON report has all of them.
const FAILURES_MAX: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (controls, ours): (Vec<_>, Vec<_>) = self.lanes.iter().partition(|it| it.is_control);
        if !ours.is_empty() {
            head(f, "workload")?;
            rows(f, &ours)?;
            for file_system in FileSystem::ALL {
                let on_it = |lane: &&&LaneReport| lane.file_system == file_system;
                let lanes: Vec<_> = ours.iter().filter(on_it).copied().collect();
                if !lanes.is_empty() {
                    row(f, file_system, "all", &lanes)?;
                }
            }
        }
        if !controls.is_empty() {
            writeln!(
                f,
                "\nthe same, for ways to save that are known to be wrong:"
            )?;
            head(f, "control")?;
            rows(f, &controls)?;
        }
        let failures = ours.iter().flat_map(|lane| &lane.failures);
        for failure in failures.take(FAILURES_MAX) {
            writeln!(
                f,
                "\n{} state {}: {}",
                failure.recording, failure.state, failure.loss
            )?;
        }
        for lane in controls.iter().filter(|lane| !lane.passed()) {
            let (file_system, workload) = (lane.file_system.name(), lane.workload.name());
            writeln!(
                f,
                "\nnothing was lost by `{workload}` on {file_system}: the harness sees nothing"
            )?;
        }
        if let Some(kept) = &self.kept {
            writeln!(
                f,
                "\nkept in {} (see `powercut replay --help`)",
                kept.display()
            )?;
        }
        let states: u64 = ours.iter().map(|lane| lane.states).sum();
        let broken: u64 = ours.iter().map(|lane| lane.broken()).sum();
        writeln!(
            f,
            "\n{states} power cuts, {broken} broken promises, {:.1} s, seed {}",
            self.seconds, self.seed
        )
    }
}

fn head(f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
    writeln!(
        f,
        "{:<15} {what:<27} {:>6} {:>8} {:>6} {:>8} {:>6} {:>10} {:>11} {:>8}",
        "file system",
        "states",
        "distinct",
        "torn",
        "survived",
        "lost",
        "unopenable",
        "unmountable",
        "seconds"
    )
}

fn rows(f: &mut fmt::Formatter<'_>, lanes: &[&LaneReport]) -> fmt::Result {
    lanes
        .iter()
        .try_for_each(|lane| row(f, lane.file_system, lane.workload.name(), &[lane]))
}

/// The sum of some lanes.
fn row(
    f: &mut fmt::Formatter<'_>,
    file_system: FileSystem,
    name: &str,
    lanes: &[&LaneReport],
) -> fmt::Result {
    let sum = |count: fn(&LaneReport) -> u64| lanes.iter().map(|lane| count(lane)).sum::<u64>();
    writeln!(
        f,
        "{:<15} {name:<27} {:>6} {:>8} {:>6} {:>8} {:>6} {:>10} {:>11} {:>8.1}",
        file_system.name(),
        sum(|lane| lane.states),
        sum(|lane| lane.distinct),
        sum(|lane| lane.torn),
        sum(|lane| lane.survivors),
        sum(|lane| lane.lost),
        sum(|lane| lane.unopenable),
        sum(|lane| lane.unmountable),
        lanes.iter().map(|lane| lane.seconds).sum::<f64>(),
    )
}
