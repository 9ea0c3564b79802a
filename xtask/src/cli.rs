//! The command line.

use std::process::ExitCode;

use crate::console::{complain, say};
use crate::part::{Part, Result, Stop};
use crate::workspace::Workspace;
use crate::{bench, ci, prove, report, test, web};

const HELP: &str = "\
cargo xtask: the commands for working on steadfast

Usage: cargo xtask COMMAND [PART…] [OPTIONS]

Commands:
  test     runs every test, on this machine and for other systems, and installs what that needs
  prove    goes beyond tests: crash states, schedules of threads, system calls that fail, fuzzing, power cuts on real file systems,
           mutants
  mutants  takes every flush, checksum and order away, one at a time, and sees that a named test fails
  ci       checks the code (format, lints, docs, licences, …), then runs every test and the proofs: all that a change has to pass
  bench    measures steadfast beside the raw limits of this machine and the other libraries, and writes docs/benchmarks;
           with --browser, the npm package beside other libraries in a browser
  web      builds the npm package and the page in web/, and serves it

`cargo xtask COMMAND --help` lists the parts of a command. A command ends with a table of its parts and the number
of tests; its exit code is 0 only if nothing failed.
";

const OPTIONS: &str = "\
Options:
  --quick                   leave out the tests for other systems, and run a sample of what takes minutes
  --distribution-compiler   for other systems, use the compiler of the Linux distribution even where rustup has
                            the target (what happens by itself where rustup cannot reach its server)
  --hours N                 let each chosen proof go on for N hours
  --only WORD               of the mutants, and of the commands whose calls fail, those with WORD in their names
  --help                    this page

What is missing is installed: compiler targets with rustup, system packages with apt-get (on Debian and its
relatives, as root), tools into target/tools. What cannot be had is skipped, and the last table says why; where
the variable CI is set, what is skipped has failed.
";

const COMMANDS: [(&str, &str); 4] = [
    (
        "test",
        "Runs every test. Those for Windows run under wine; wasm32 and macOS are built and type-checked.",
    ),
    (
        "prove",
        "Goes beyond tests. Each part has a bounded size; with `--hours N` a part goes on for N hours.",
    ),
    (
        "mutants",
        "Takes every flush, every checksum and every order away, one at a time: a named test must fail. The same as `prove mutants`.",
    ),
    (
        "ci",
        "Checks everything that a change has to pass, then runs every test and the bounded proofs. All parts run, whatever \
         fails.",
    ),
];

/// Runs what the arguments ask for.
pub fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    let arguments: Vec<String> = arguments.collect();
    let asks_help = |argument: &String| argument == "--help" || argument == "-h";
    let Some(name) = arguments
        .first()
        .filter(|&first| !asks_help(first) && first != "help")
    else {
        say(HELP.trim_end());
        return ExitCode::SUCCESS;
    };
    let own = arguments.get(1..).unwrap_or_default();
    match name.as_str() {
        "bench" => return run_alone(bench::run, own),
        "web" => return run_alone(web::run, own),
        _ => {}
    }
    let Some((command, about)) = COMMANDS.iter().find(|(command, _)| command == name) else {
        return usage(&format!(
            "there is no command `{name}`: try `cargo xtask --help`"
        ));
    };
    let parts = parts_of(command);
    let rest = arguments.get(1..).unwrap_or_default();
    if rest.iter().any(asks_help) {
        help(command, about, &parts);
        return ExitCode::SUCCESS;
    }
    let mut workspace = match Workspace::find() {
        Ok(workspace) => workspace,
        Err(Stop::Failed(sentence) | Stop::Skipped(sentence)) => return usage(&sentence),
    };
    workspace.is_sample = name == "ci";
    let mut quick = false;
    let mut chosen = Vec::new();
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--hours" => match rest.next().and_then(|hours| hours.parse().ok()) {
                Some(hours) => workspace.hours = Some(hours),
                None => return usage("`--hours` needs a number, such as 0.5"),
            },
            "--only" => match rest.next() {
                Some(word) => workspace.only = Some(word.clone()),
                None => return usage("`--only` needs a word, such as `checksum`"),
            },
            "--quick" => {
                quick = true;
                workspace.is_sample = true;
            }
            "--distribution-compiler" => workspace.distribution_compiler = true,
            name => match parts.iter().find(|part| part.name == name) {
                Some(part) => chosen.push(*part),
                None => {
                    return usage(&format!(
                        "`cargo xtask {command}` has no part or option `{name}`: see `cargo xtask {command} --help`"
                    ));
                }
            },
        }
    }
    let mut parts = if chosen.is_empty() { parts } else { chosen };
    if quick {
        parts.retain(|part| !test::is_for_another_system(part));
    }
    report::run(&parts, &workspace)
}

/// Runs a command that has a command line of its own, and no parts.
fn run_alone(run: fn(&Workspace, &[String]) -> Result, arguments: &[String]) -> ExitCode {
    match Workspace::find().and_then(|workspace| run(&workspace, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Failed(sentence) | Stop::Skipped(sentence)) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

/// The parts of a command, in the order in which they run.
#[must_use]
pub fn parts_of(command: &str) -> Vec<Part> {
    match command {
        "ci" => ci::PARTS
            .iter()
            .chain(&test::PARTS)
            .chain(&prove::PARTS)
            .copied()
            .collect(),
        "prove" => prove::PARTS.to_vec(),
        "mutants" => vec![prove::MUTANTS],
        _ => test::PARTS.to_vec(),
    }
}

fn help(command: &str, about: &str, parts: &[Part]) {
    say(&format!(
        "{about}\n\nUsage: cargo xtask {command} [PART…] [OPTIONS]\n\nParts (all of them, unless some are named):"
    ));
    for part in parts {
        say(&format!("  {:<10} {}", part.name, part.about));
    }
    say(&format!("\n{}", OPTIONS.trim_end()));
}

fn usage(sentence: &str) -> ExitCode {
    complain(sentence);
    ExitCode::from(2)
}
