//! Every system call of the program fails once.
//!
//! ```text
//! prepare a store ─► run the command under strace ─► its calls, from `main` on
//! for each call × error:   the store anew ─► run, that call fails ─► judge ─► run again ─► judge
//! ```
//! After each run:
//!
//! * What was acknowledged is there.
//! * The exit code is 0 only if the work is done. It is 5 only if the failed call stands between an
//!   append and the end of its flush.
//! * The sentence on standard error names a place, and never calls a passing error damage.
//! * The same command works when the cause is gone, and `verify` finds the store sound.
//!
//! strace counts the calls of each thread: the call fails in every thread that makes so many. With
//! every change a seeded sample runs. `cargo xtask prove faults` makes all calls fail, and with
//! `--hours` continues with other errors. `STEADFAST_PROGRAM` names another program than the one
//! built from the sources.

mod check;
mod run;
mod scenario;
mod trace;
mod tree;

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use self::check::judge_ending;
use self::check::{Verdict, check};
use self::run::{Fault, Program};
use self::scenario::Scenario;
pub use self::trace::{Target, Trace};
use crate::console::say;
use crate::part::{Result, Stop};
use crate::totals::Totals;
use crate::workspace::Workspace;
use crate::{apt, process};

/// The errors of the first round, and those of the rounds that `--hours` adds, in turn.
const ERRORS: [[&str; 5]; 2] = [
    ["EIO", "ENOSPC", "EPERM", "EINTR", "EMFILE"],
    ["EACCES", "EDQUOT", "ENOMEM", "EROFS", "ESTALE"],
];

/// The number of cases in a sample, and the time after which a sample ends early.
const SAMPLE: usize = 800;
const SAMPLE_TIME_MAX: Duration = Duration::from_secs(80);

/// How many kinds of failures are shown.
const SHOWN_MAX: usize = 40;

/// A call and an error.
struct Case<'s> {
    scenario: &'s Scenario,
    target: Target,
    fault: Fault,
}

/// Failures of one kind.
struct Kind {
    count: usize,
    first: String,
}

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    ensure_strace()?;
    let root = workspace.target_dir.join("faults");
    let program = Program {
        path: program(workspace)?,
        directory: root.join("prepared"),
    };
    let started = Instant::now();
    for errors in ERRORS.iter().cycle() {
        let scenarios = Scenario::all(&program)?;
        for scenario in &scenarios {
            tree::write(&root.join(scenario.name), &scenario.before)?;
        }
        let seed = seed();
        say(&format!("STEADFAST_SEED={seed}"));
        let cases = cases(&scenarios, errors, workspace, seed);
        let until = workspace.is_sample.then_some(SAMPLE_TIME_MAX);
        let injected = run_all(&cases, &program, &root, until)?;
        totals.faults = totals.faults.saturating_add(injected);
        if started.elapsed() >= workspace.goes_on() {
            break;
        }
    }
    Ok(())
}

/// The program that `STEADFAST_PROGRAM` names, or the one built from the sources.
fn program(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("STEADFAST_PROGRAM") {
        return Ok(given.into());
    }
    let mut build = workspace.cargo("build");
    process::run(build.args(["--quiet", "--package", "steadfast-cli"]))?;
    Ok(workspace.target_dir.join("debug").join("steadfast"))
}

/// Runs the cases on all processors, and reports the broken promises. Returns how many calls
/// failed.
fn run_all(
    cases: &[Case<'_>],
    program: &Program,
    root: &Path,
    time_max: Option<Duration>,
) -> Result<u64> {
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    let work = |worker: usize| -> Result {
        let program = Program {
            directory: root.join(format!("run-{worker}")),
            ..program.clone()
        };
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if time_max.is_some_and(|time_max| started.elapsed() > time_max) {
                return Ok(());
            }
            let verdict = check(case.scenario, &case.target, &case.fault, &program)?;
            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.push((case, verdict));
            if outcomes.len() % 1000 == 0 {
                say(&format!("{} of {}", outcomes.len(), cases.len()));
            }
        }
        Ok(())
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        let died = |_| Err(Stop::failed("a thread that ran the program panicked"));
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(died))
    })?;
    let outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    tell(&outcomes, root)
}

fn tell(outcomes: &[(&Case<'_>, Verdict)], root: &Path) -> Result<u64> {
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    let (mut injected, mut broken) = (0_u64, 0_usize);
    for (case, verdict) in outcomes {
        match verdict {
            Verdict::NotMet => continue,
            Verdict::Held => {}
            Verdict::Broken(what, shows) => {
                broken = broken.saturating_add(1);
                let kind = format!("{}: {what}", case.scenario.name);
                let first = || Kind {
                    count: 0,
                    first: format!("{shows}\n    {}", case.command(root)),
                };
                let kind = kinds.entry(kind).or_insert_with(first);
                kind.count = kind.count.saturating_add(1);
            }
        }
        injected = injected.saturating_add(1);
    }
    for (what, kind) in kinds.iter().take(SHOWN_MAX) {
        say(&format!(
            "FAILED {what} ({} times); the first: {}",
            kind.count, kind.first
        ));
    }
    let missed = (outcomes.len() as u64).saturating_sub(injected);
    say(&format!(
        "{injected} injected faults, {broken} broken promises; {missed} calls were not made again"
    ));
    match broken {
        0 => Ok(injected),
        _ => Err(Stop::failed(format!(
            "{broken} of {injected} injected faults broke a promise, in {} ways; the first are above",
            kinds.len()
        ))),
    }
}

impl Case<'_> {
    /// The command that a person types to see the failure again.
    fn command(&self, root: &Path) -> String {
        let options = self.fault.options().join(" ");
        let arguments = self.scenario.invocation.arguments.join(" ");
        format!(
            "cp -r {} /tmp/again && cd /tmp/again && strace -f -qq {options} steadfast {arguments}",
            root.join(self.scenario.name).display()
        )
    }
}

/// All cases in an order that the seed decides. A sample is the first of them.
fn cases<'s>(
    scenarios: &'s [Scenario],
    errors: &[&'static str],
    workspace: &Workspace,
    seed: u64,
) -> Vec<Case<'s>> {
    let only = workspace.only.as_deref().unwrap_or_default();
    let mut cases = Vec::new();
    for scenario in scenarios
        .iter()
        .filter(|scenario| scenario.name.contains(only))
    {
        for target in scenario.trace.targets() {
            for &error in errors {
                if target.can_fail_with(error) {
                    cases.push(Case {
                        scenario,
                        fault: Fault {
                            name: target.name.clone(),
                            nth: target.nth,
                            error,
                        },
                        target: target.clone(),
                    });
                }
            }
        }
    }
    say(&format!(
        "{} calls and errors of {} commands",
        cases.len(),
        scenarios.len()
    ));
    cases.sort_by_cached_key(|case| {
        let fault = &case.fault;
        let name = (case.scenario.name, &fault.name, fault.nth, fault.error);
        spread(seed, name)
    });
    if workspace.is_sample {
        cases.truncate(SAMPLE);
    }
    cases
}

/// A number that depends on the seed and the name, and is the same in every build.
fn spread(seed: u64, name: impl Hash) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    name.hash(&mut hasher);
    hasher.finish()
}

fn seed() -> u64 {
    let given = std::env::var("STEADFAST_SEED").ok();
    let given = given.and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| RandomState::new().hash_one(0) >> 1)
}

/// Installs strace if necessary, and checks that it may trace.
fn ensure_strace() -> Result {
    if !cfg!(target_os = "linux") {
        return Err(Stop::skipped(
            "system calls are made to fail by strace, which only Linux has: NOTHING WAS PROVED",
        ));
    }
    if process::attempt(Command::new("strace").arg("-V")).is_none() {
        apt::ensure(&["strace"])?;
    }
    let traced = ["-f", "--seccomp-bpf", "-qq", "-e", "trace=none", "true"];
    match process::attempt(Command::new("strace").args(traced)) {
        Some(_) => Ok(()),
        None => Err(Stop::skipped(
            "strace may not trace here (ptrace is forbidden, as in some containers: `--cap-add SYS_PTRACE`): NOTHING WAS PROVED",
        )),
    }
}
