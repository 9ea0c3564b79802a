//! Runs the program, or reports why it cannot run.

use std::process::{Command, Output};

use serde_json::Value;

/// The program's exit code if the machine lacks something.
const UNABLE: i32 = 2;

/// The program, to be given arguments.
pub(crate) fn powercut() -> Command {
    Command::new(env!("CARGO_BIN_EXE_powercut"))
}

/// The output of the program; `None` if this machine cannot run it, which is accepted on a person's
/// machine only.
pub(crate) fn output(command: &mut Command) -> Option<Output> {
    let output = command.output().unwrap();
    if output.status.code() != Some(UNABLE) {
        return Some(output);
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    assert!(
        std::env::var("CI").is_err(),
        "this has to run where CI is set: {reason}"
    );
    eprintln!("SKIPPED, NOTHING WAS PROVED: {reason}");
    None
}

/// The report of `powercut run`, and whether it passed.
pub(crate) fn report(arguments: &[&str]) -> Option<Value> {
    let output = output(powercut().args(["run", "--json"]).args(arguments))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    eprintln!("{errors}");
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {errors}")))
}

/// A number of a lane.
pub(crate) fn number(lane: &Value, name: &str) -> u64 {
    lane[name].as_u64().unwrap()
}
