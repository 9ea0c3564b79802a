//! Running other programs.
//!
//! No program gets standard input, so none can wait for an answer.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};

use crate::console::say;
use crate::part::{Result, Stop};
use crate::totals::Totals;

/// Runs a command with its output shown. Anything but exit code 0 is a failure.
pub fn run(command: &mut Command) -> Result {
    announce(command);
    let status = command.stdin(Stdio::null()).status();
    let status = status.map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(ended_badly(command, status))
    }
}

/// Like [`run_tests`], for a program that exits with `unable` if the machine lacks what it needs.
/// The part is then skipped.
pub fn run_where_able(command: &mut Command, unable: i32, totals: &mut Totals) -> Result {
    let status = run_counted(command, totals)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) if code == unable => Err(Stop::skipped(
            "this machine lacks what it needs, as said above: NOTHING WAS PROVED",
        )),
        _ => Err(ended_badly(command, status)),
    }
}

/// Runs a command that runs tests: its output is shown, and its tests and crash states are counted.
pub fn run_tests(command: &mut Command, totals: &mut Totals) -> Result {
    let status = run_counted(command, totals)?;
    if status.success() {
        Ok(())
    } else {
        Err(ended_badly(command, status))
    }
}

fn run_counted(command: &mut Command, totals: &mut Totals) -> Result<ExitStatus> {
    announce(command);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| cannot_start(command, &error))?;
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout);
        let mut line = Vec::new();
        // A read error ends the copying. The exit code still tells whether the tests passed.
        while matches!(lines.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            let text = String::from_utf8_lossy(&line);
            say(text.trim_end());
            totals.read_line(&text);
            line.clear();
        }
    }
    totals.end_program();
    child.wait().map_err(|error| cannot_start(command, &error))
}

/// Runs a command in silence and returns its standard output. Its output is shown only if it
/// failed.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    announce(command);
    for stream in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(stream);
        if !text.trim().is_empty() {
            say(text.trim_end());
        }
    }
    Err(ended_badly(command, output.status))
}

/// Tries a command in silence. Returns its standard output if it could be run and succeeded.
pub fn attempt(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as one would type it, without the path of the program.
pub fn line_of(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut line = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

fn announce(command: &Command) {
    say(&format!("$ {}", line_of(command)));
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Stop {
    let program = command.get_program().to_string_lossy();
    Stop::failed(format!(
        "`{program}` could not be run ({error}): is it installed and on the PATH?"
    ))
}

fn ended_badly(command: &Command, status: ExitStatus) -> Stop {
    let line = line_of(command);
    // The whole line was announced. The table needs only the program and its subcommand.
    let name = line.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
    Stop::failed(format!("`{name}` failed ({status}); what it said is above"))
}
