//! Runs parts in order and reports the results.

use std::process::ExitCode;
use std::time::Instant;

use crate::console::say;
use crate::part::{Part, Result, Stop};
use crate::totals::Totals;
use crate::workspace::Workspace;

struct Row {
    name: &'static str,
    outcome: Result,
    seconds: f64,
}

/// Runs every part, and prints the table and the totals. Returns the exit code: failure if any part
/// failed.
pub fn run(parts: &[Part], workspace: &Workspace) -> ExitCode {
    let mut totals = Totals::default();
    let mut rows = Vec::new();
    let is_ci = std::env::var_os("CI").is_some();
    for part in parts {
        say(&format!("\n==> {}: {}", part.name, part.about));
        let started = Instant::now();
        let outcome = (part.run)(workspace, &mut totals).map_err(|stop| strictly(stop, is_ci));
        if let Err(Stop::Failed(sentence) | Stop::Skipped(sentence)) = &outcome {
            say(sentence);
        }
        rows.push(Row {
            name: part.name,
            outcome,
            seconds: started.elapsed().as_secs_f64(),
        });
    }
    print(&rows);
    if !totals.failures.is_empty() {
        say("\nwhat failed, from above:");
        for line in &totals.failures {
            say(line);
        }
    }
    say(&format!("\n{totals}"));
    let failed = rows
        .iter()
        .any(|row| matches!(row.outcome, Err(Stop::Failed(_))));
    if failed || totals.failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// A person's machine may lack something. If `CI` is set, a part that does not run proves nothing
/// and fails.
pub fn strictly(stop: Stop, is_ci: bool) -> Stop {
    match stop {
        Stop::Skipped(sentence) if is_ci => {
            Stop::Failed(format!("has to run where CI is set: {sentence}"))
        }
        stop => stop,
    }
}

fn print(rows: &[Row]) {
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max(4);
    say(&format!(
        "\n{:<width$}  {:<7}  {:>7}",
        "part", "result", "seconds"
    ));
    for row in rows {
        let (result, remark) = match &row.outcome {
            Ok(()) => ("ok", ""),
            Err(Stop::Failed(sentence)) => ("FAILED", sentence.as_str()),
            Err(Stop::Skipped(sentence)) => ("skipped", sentence.as_str()),
        };
        let line = format!(
            "{:<width$}  {result:<7}  {:>7.1}  {remark}",
            row.name, row.seconds
        );
        say(line.trim_end());
    }
}
