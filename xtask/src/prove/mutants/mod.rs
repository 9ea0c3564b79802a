//! Teeth: take one thing away that keeps a promise, and a named test must fail.
//!
//! The mutants are kept here, by hand, because each stands for a sentence of the contract: a
//! general tool makes hundreds that mean nothing and misses an order of two calls. A mutant is one
//! exact replacement in one file; if the text is no longer there, that is a failure too, so the
//! list cannot rot. They are made in a copy of the workspace under the build directory.

mod beside;
mod core;
mod file;
mod outside;
mod store;

use std::fs;
use std::path::Path;

use crate::console::say;
use crate::part::{Result, Stop};
use crate::totals::Totals;
use crate::workspace::Workspace;

const CORE: &str = "steadfast-core";
const FILE: &str = "steadfast-file";
const STEADFAST: &str = "steadfast";
const TESTKIT: &str = "steadfast-testkit";

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    let lists = [
        core::MUTANTS,
        store::MUTANTS,
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
    let copy = workspace.target_dir.join("mutants");
    copy_workspace(workspace, &copy)?;
    let only = workspace.only.as_deref().unwrap_or_default();
    let chosen: Vec<_> = all().filter(|mutant| mutant.what.contains(only)).collect();
    if chosen.is_empty() {
        return Err(Stop::failed(format!("no mutant has `{only}` in its name")));
    }
    let mut survivors = Vec::new();
    for mutant in &chosen {
        let path = copy.join(mutant.file);
        let original = read(&path)?;
        let Some(mutated) = replace_once(&original, mutant.from, mutant.to) else {
            survivors.push(mutant.what);
            say(&format!(
                "STALE    {}: its text is not (once) in {}",
                mutant.what, mutant.file
            ));
            continue;
        };
        write(&path, &mutated)?;
        let mut test = workspace.cargo("test");
        test.current_dir(&copy)
            .args(["--quiet", "--package", mutant.package])
            .args(mutant.test)
            // Warnings about what is unused now are not the point.
            .env("RUSTFLAGS", "--cap-lints=allow")
            .env(
                "CARGO_TARGET_DIR",
                workspace.target_dir.join("mutants-build"),
            );
        let verdict = test.output();
        write(&path, &original)?;
        let output = verdict.map_err(|error| Stop::failed(format!("cargo: {error}")))?;
        let said = String::from_utf8_lossy(&output.stdout);
        // A mutant that does not build proves nothing: only a test that ran and failed does.
        if output.status.success() || !said.contains("FAILED") {
            survivors.push(mutant.what);
            say(&format!("SURVIVED {}", mutant.what));
            say(&String::from_utf8_lossy(&output.stderr)
                .lines()
                .take(12)
                .collect::<Vec<_>>()
                .join("\n"));
        } else {
            say(&format!(
                "caught   {:<70} by {}",
                mutant.what,
                mutant.catcher()
            ));
        }
    }
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
