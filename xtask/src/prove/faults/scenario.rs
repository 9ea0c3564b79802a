//! The commands that are tried, what they start from, and what they may leave.

use std::fs;
use std::path::Path;

use super::run::{Invocation, Program};
use super::trace::{Target, Trace};
use super::tree;
use crate::part::{Result, Stop};

/// The names that a sentence may give as the place. It may also give a path, as for the directories
/// above a store.
pub(super) const PLACES: [&str; 8] = [
    "shop",
    "copy",
    "page.txt",
    "rows.jsonl",
    "standard input",
    "standard output",
    "acknowledgements",
    "/",
];

/// How many records the imports put in one commit.
pub(super) const BATCH: usize = 2;

/// What a command changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The store `shop`.
    Store,
    /// The file `page.txt`.
    File,
    /// The store `copy`, made from `shop`.
    Copy,
    /// The store `shop`, which the command only reads: every byte stays as it is.
    Nothing,
}

/// A command and the state that it starts from.
struct Plan {
    name: &'static str,
    command: &'static str,
    subject: Subject,
    input: &'static str,
    prepare: fn(&Program) -> Result,
}

const PLANS: [Plan; 13] = [
    Plan::new("put", "--store shop put key new", Subject::Store, shop),
    Plan::new(
        "put-first",
        "--store shop put key new",
        Subject::Store,
        nothing,
    ),
    Plan::new(
        "put-after-kill",
        "--store shop put key new",
        Subject::Store,
        killed,
    ),
    Plan::new("delete", "--store shop delete gone", Subject::Store, shop),
    Plan::new(
        "import",
        "--store shop import rows.jsonl --batch 2 --acks",
        Subject::Store,
        shop,
    ),
    Plan::new("snapshot", "--store shop snapshot", Subject::Store, shop),
    Plan::new("save", "save page.txt", Subject::File, page).reading("new bytes\n"),
    Plan::new("save-first", "save page.txt", Subject::File, nothing).reading("new bytes\n"),
    Plan::new("backup", "--store shop backup copy", Subject::Copy, shop),
    Plan::new("restore", "--store copy restore shop", Subject::Copy, shop),
    Plan::new(
        "verify",
        "--store shop verify --json",
        Subject::Nothing,
        shop,
    ),
    Plan::new("get", "--store shop get key", Subject::Nothing, shop),
    Plan::new("export", "--store shop export", Subject::Nothing, shop),
];

impl Plan {
    const fn new(
        name: &'static str,
        command: &'static str,
        subject: Subject,
        prepare: fn(&Program) -> Result,
    ) -> Self {
        Self {
            name,
            command,
            subject,
            input: "",
            prepare,
        }
    }

    const fn reading(mut self, input: &'static str) -> Self {
        self.input = input;
        self
    }
}

/// A command with everything that is known of its undisturbed run.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) invocation: Invocation,
    pub(super) subject: Subject,
    /// The states of the subject: before the command, after the first commit, and so on.
    pub(super) states: Vec<String>,
    /// For each of those commits, the first and the last call at which it may or may not be there.
    unknown: Vec<(usize, usize)>,
    pub(super) stdout: String,
    pub(super) before: tree::Tree,
    pub(super) trace: Trace,
}

impl Scenario {
    /// Runs each command once, undisturbed.
    pub(super) fn all(program: &Program) -> Result<Vec<Self>> {
        PLANS.iter().map(|plan| Self::new(plan, program)).collect()
    }

    fn new(plan: &Plan, program: &Program) -> Result<Self> {
        tree::make_anew(&program.directory)?;
        (plan.prepare)(program)?;
        let before = tree::read(&program.directory)?;
        let invocation = Invocation::new(plan.command).reading(plan.input);
        let mut states = vec![observe(plan.subject, program)?.unwrap_or_default()];
        if invocation.arguments.iter().any(|word| word == "import") {
            states.extend(import_by_parts(program, &before)?);
        }
        tree::write(&program.directory, &before)?;
        let run = program.traced(&invocation, None)?;
        if run.code != Some(0) {
            return Err(Stop::failed(format!(
                "`steadfast {}` fails undisturbed: {}",
                plan.command, run.stderr
            )));
        }
        let trace = Trace::parse(&run.trace).ok_or_else(|| {
            Stop::failed("the traces of strace do not show where `main` begins: has Rust changed?")
        })?;
        let unknown = match plan.subject {
            Subject::Store => trace.commits(),
            Subject::File => trace.rename(),
            Subject::Copy | Subject::Nothing => Vec::new(),
        };
        if !unknown.is_empty() && states.len() == 1 || plan.subject == Subject::Copy {
            states.push(observe(plan.subject, program)?.unwrap_or_default());
        }
        if plan.subject != Subject::Copy && states.len() != unknown.len().saturating_add(1) {
            return Err(Stop::failed(format!(
                "{}: {} commits were traced, and {} expected",
                plan.name,
                unknown.len(),
                states.len().saturating_sub(1)
            )));
        }
        Ok(Self {
            name: plan.name,
            invocation,
            subject: plan.subject,
            states,
            unknown,
            stdout: run.stdout,
            before,
            trace,
        })
    }

    /// The first and the last state that can be there when this call fails.
    pub(super) fn possible(&self, target: &Target) -> (usize, usize) {
        if self.subject == Subject::Copy {
            return (0, 1);
        }
        let certain = self.unknown.iter().filter(|(_, end)| *end < target.first);
        let begun = self
            .unknown
            .iter()
            .filter(|(start, _)| *start <= target.last);
        (certain.count(), begun.count())
    }

    pub(super) fn last(&self) -> usize {
        self.states.len().saturating_sub(1)
    }
}

/// The states of the store after each commit of the import.
fn import_by_parts(program: &Program, before: &tree::Tree) -> Result<Vec<String>> {
    let rows = rows();
    let lines: Vec<&str> = rows.lines().collect();
    let mut states = Vec::new();
    for end in (BATCH..=lines.len()).step_by(BATCH) {
        tree::write(&program.directory, before)?;
        let part = lines.get(..end).unwrap_or_default().join("\n");
        write(&program.directory.join("part.jsonl"), &part)?;
        done(program, "--store shop import part.jsonl", "")?;
        states.push(observe(Subject::Store, program)?.unwrap_or_default());
    }
    Ok(states)
}

/// The state of the subject; `None` if it does not exist or says that it is not finished.
pub(super) fn observe(subject: Subject, program: &Program) -> Result<Option<String>> {
    let store = match subject {
        Subject::File => {
            let bytes = fs::read(program.directory.join("page.txt"));
            return Ok(bytes
                .ok()
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        }
        Subject::Store | Subject::Nothing => "shop",
        Subject::Copy => "copy",
    };
    let exported = program.run(&Invocation::new(&format!("--store {store} export")))?;
    match exported.code {
        Some(0) => Ok(Some(exported.stdout)),
        Some(4) if exported.stderr.contains("there is no store") => Ok(None),
        Some(4) if subject == Subject::Copy => Ok(None),
        _ => Ok(Some(format!(
            "it cannot be read: {}",
            exported.stderr.trim()
        ))),
    }
}

/// A store with a snapshot, a log behind it, and a segment that is long enough for zeros to be
/// written ahead.
fn shop(program: &Program) -> Result {
    done(program, "--store shop put key old", "")?;
    done(program, "--store shop put gone soon", "")?;
    done(program, "--store shop snapshot", "")?;
    done(program, "--store shop put other value", "")?;
    write(&program.directory.join("rows.jsonl"), &rows())
}

fn nothing(_program: &Program) -> Result {
    Ok(())
}

fn page(program: &Program) -> Result {
    let path = program.directory.join("page.txt");
    write(&path, "old bytes\n")
}

/// A store whose last writer did not close it: its manifest names a segment that is open.
fn killed(program: &Program) -> Result {
    shop(program)?;
    let mut import = Invocation::new("--store shop import - --batch 1 --acks");
    import.input = b"{\"key\":\"late\",\"value\":\"1\"}\n".to_vec();
    // The last flush of a directory comes with the manifest that finishes the log. The program is
    // killed there.
    let traced = program.traced(&import, None)?;
    let trace = Trace::parse(&traced.trace);
    let renames = trace.map_or(0, |trace| {
        let is_rename = |target: &&Target| target.name == "renameat2";
        trace.targets().iter().filter(is_rename).count()
    });
    tree::make_anew(&program.directory)?;
    shop(program)?;
    program.killed_at(&import, "renameat2", renames)
}

/// Values so long that zeros are written ahead of the log. Appends then go past the cache, if the
/// file system supports that.
fn rows() -> String {
    let row = |number: usize| {
        let value = "x".repeat(if number < 6 { 6000 } else { 40 });
        format!("{{\"key\":\"row{number:02}\",\"value\":\"{value}\"}}\n")
    };
    (0..12).map(row).collect()
}

fn done(program: &Program, command: &str, input: &str) -> Result {
    let ended = program.run(&Invocation::new(command).reading(input))?;
    if ended.code == Some(0) {
        return Ok(());
    }
    Err(Stop::failed(format!(
        "`steadfast {command}` fails undisturbed: {}",
        ended.stderr.trim()
    )))
}

fn write(path: &Path, text: &str) -> Result {
    fs::write(path, text).map_err(|error| Stop::failed(format!("{}: {error}", path.display())))
}
