//! Teeth: take one thing away that keeps a promise, and a named test must fail.
//!
//! The mutants are kept here, by hand, because each stands for a sentence of the contract: a
//! general tool makes hundreds that mean nothing and misses an order of two calls. A mutant is one
//! exact replacement in one file; if the text is no longer there, that is a failure too, so the
//! list cannot rot. They are made in a copy of the workspace under the build directory.

mod beside;
mod copies;
mod core;
mod file;
mod outside;
mod store;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use crate::console::say;
use crate::part::{Result, Stop};
use crate::totals::Totals;
use crate::workspace::Workspace;

const CORE: &str = "steadfast-core";
const FILE: &str = "steadfast-file";
const STEADFAST: &str = "steadfast";
const TESTKIT: &str = "steadfast-testkit";

/// Each lane keeps a build of its own: about 2 GB.
const LANES_MAX: usize = 4;

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    let lists = [
        core::MUTANTS,
        store::MUTANTS,
        copies::MUTANTS,
        file::MUTANTS,
        beside::MUTANTS,
        outside::MUTANTS,
    ];
    lists.into_iter().flatten()
}

/// One thing taken away.
pub struct Mutant {
    /// What is missing then.
    pub what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// The package and the test (or the filter of one) that catches it.
    package: &'static str,
    test: &'static [&'static str],
}

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let only = workspace.only.as_deref().unwrap_or_default();
    let chosen: Vec<_> = all().filter(|mutant| mutant.what.contains(only)).collect();
    if chosen.is_empty() {
        return Err(Stop::failed(format!("no mutant has `{only}` in its name")));
    }
    let survivors = in_lanes(workspace, &chosen)?;
    let caught = chosen.len().saturating_sub(survivors.len());
    say(&format!("{caught} of {} mutants caught", chosen.len()));
    if survivors.is_empty() {
        return Ok(());
    }
    Err(Stop::failed(format!(
        "not caught: {}",
        survivors.join("; ")
    )))
}

/// Tries the mutants, several at a time, each lane in a copy of its own: most of a trial is the
/// build of one crate after the other, which leaves all processors but one idle.
fn in_lanes(workspace: &Workspace, chosen: &[&Mutant]) -> Result<Vec<&'static str>> {
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    let lanes = lanes.min(LANES_MAX).min(chosen.len());
    let next = AtomicUsize::new(0);
    let work = |lane: usize| -> Result<Vec<&'static str>> {
        let lane = Lane::new(workspace, lane)?;
        let mut survivors = Vec::new();
        while let Some(mutant) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !lane.catches(workspace, mutant)? {
                survivors.push(mutant.what);
            }
        }
        Ok(survivors)
    };
    thread::scope(|scope| {
        let handles: Vec<_> = (0..lanes)
            .map(|lane| scope.spawn(move || work(lane)))
            .collect();
        let mut survivors = Vec::new();
        for handle in handles {
            let found = handle.join();
            survivors.extend(found.map_err(|_| Stop::failed("a lane of mutants panicked"))??);
        }
        Ok(survivors)
    })
}

/// A copy of the workspace in which one mutant after the other is made.
struct Lane {
    copy: PathBuf,
    build: PathBuf,
}

impl Lane {
    fn new(workspace: &Workspace, number: usize) -> Result<Self> {
        let lane = Self {
            copy: workspace.target_dir.join(format!("mutants/{number}")),
            build: workspace.target_dir.join(format!("mutants-build/{number}")),
        };
        copy_workspace(workspace, &lane.copy)?;
        Ok(lane)
    }

    /// Makes the mutant, runs its test, and puts the text back. Whether the test failed.
    fn catches(&self, workspace: &Workspace, mutant: &Mutant) -> Result<bool> {
        let path = self.copy.join(mutant.file);
        let original = read(&path)?;
        let Some(mutated) = replace_once(&original, mutant.from, mutant.to) else {
            say(&format!(
                "STALE    {}: its text is not (once) in {}",
                mutant.what, mutant.file
            ));
            return Ok(false);
        };
        write(&path, &mutated)?;
        let mut test = workspace.cargo("test");
        test.current_dir(&self.copy)
            .args(["--quiet", "--package", mutant.package])
            .args(mutant.test)
            // Warnings about what is unused now are not the point.
            .env("RUSTFLAGS", "--cap-lints=allow")
            // Little is built, and often.
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "none")
            .env("CARGO_TARGET_DIR", &self.build);
        let verdict = test.output();
        write(&path, &original)?;
        let output = verdict.map_err(|error| Stop::failed(format!("cargo: {error}")))?;
        let said = String::from_utf8_lossy(&output.stdout);
        // A mutant that does not build proves nothing: only a test that ran and failed does.
        let is_caught = !output.status.success() && said.contains("FAILED");
        if is_caught {
            let catcher = mutant.catcher();
            say(&format!("caught   {:<70} by {catcher}", mutant.what));
        } else {
            let errors = String::from_utf8_lossy(&output.stderr);
            let first: Vec<_> = errors.lines().take(12).collect();
            say(&format!("SURVIVED {}\n{}", mutant.what, first.join("\n")));
        }
        Ok(is_caught)
    }
}

impl Mutant {
    /// The name of the test that catches it.
    pub fn catcher(&self) -> &'static str {
        self.test.last().copied().unwrap_or_default()
    }

    /// What is wrong with it: its text is not there, or more than once.
    pub fn staleness(&self, root: &Path) -> Option<String> {
        let stale = match read(&root.join(self.file)) {
            Ok(text) => replace_once(&text, self.from, self.to).is_none(),
            Err(_) => true,
        };
        stale.then(|| format!("{}: its text is not (once) in {}", self.what, self.file))
    }
}

/// The text with the one occurrence of `from` replaced; `None` where there is none, or more than
/// one.
fn replace_once(text: &str, from: &str, to: &str) -> Option<String> {
    (text.matches(from).count() == 1).then(|| text.replacen(from, to, 1))
}

/// Copies what is tracked, unless the same is there already: then cargo has less to build.
fn copy_workspace(workspace: &Workspace, copy: &Path) -> Result {
    for name in workspace.tracked_files()? {
        let (from, to) = (workspace.root.join(&name), copy.join(&name));
        let bytes = fs::read(&from).map_err(|error| about(&from, &error))?;
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
        }
        fs::write(&to, bytes).map_err(|error| about(&to, &error))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| about(path, &error))
}

fn write(path: &Path, text: &str) -> Result {
    fs::write(path, text).map_err(|error| about(path, &error))
}

fn about(path: &Path, error: &std::io::Error) -> Stop {
    Stop::failed(format!("{}: {error}", path.display()))
}
