//! Mutation tests: each mutant removes one thing that keeps a promise, and a named test must fail.
//!
//! The mutants are kept here, by hand, because each stands for a sentence of the contract. A
//! general tool makes hundreds that mean nothing, and misses the order of two calls. A mutant is
//! one exact replacement in one file. If the text is no longer there, that is a failure too, so the
//! list stays correct. Mutants are made in a copy of the workspace under the build directory.
//!
//! Mutants of the browser's parts are tried in Chromium: see `trial`. Each of these takes a minute.
//! With every change one in twelve of them is tried, and a sixth of the others. The next commit
//! tries other ones. A run by hand tries all of them.

mod beside;
mod browser;
mod copies;
pub mod copy;
mod core;
mod file;
mod lane;
mod outside;
mod package;
pub mod queue;
mod store;
mod trial;
pub mod verdict;

use std::path::Path;
use std::{fs, thread};

use self::lane::Lane;
use self::queue::in_lanes;
use self::trial::{Place, Tools};
use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

const CORE: &str = "steadfast-core";
const FILE: &str = "steadfast-file";
const STEADFAST: &str = "steadfast";
const TESTKIT: &str = "steadfast-testkit";
const CLI: &str = "steadfast-cli";
/// The crate whose tests run in a browser.
const WEB: &str = "steadfast-web";
/// The npm package. Its test is a file.
const NPM: &str = "npm";

/// Each lane keeps a build of its own: about 2 GB.
const LANES_MAX: usize = 4;

/// With every change one in this many of the browser mutants is tried.
const SLOW_SHARE: usize = 12;
/// With every change one in this many of the other mutants is tried.
const SHARE: usize = 6;

/// All mutants.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    let lists = [
        core::MUTANTS,
        store::MUTANTS,
        copies::MUTANTS,
        file::MUTANTS,
        beside::MUTANTS,
        outside::MUTANTS,
        browser::MUTANTS,
        package::MUTANTS,
    ];
    lists.into_iter().flatten()
}

/// One thing that is removed.
pub struct Mutant {
    /// What the mutant lacks.
    pub what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// The package and the test (or the filter of a test) that catches the mutant.
    package: &'static str,
    test: &'static [&'static str],
}

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let only = workspace.only.as_deref().unwrap_or_default();
    let mut chosen: Vec<_> = all().filter(|mutant| mutant.what.contains(only)).collect();
    if std::env::var_os("CI").is_some() {
        let turn = turn(workspace);
        let (mut slow, mut quick) = (0_usize, 0_usize);
        chosen.retain(|mutant| {
            let (number, share) = match mutant.place() {
                Place::Host => (&mut quick, SHARE),
                _ => (&mut slow, SLOW_SHARE),
            };
            *number = number.wrapping_add(1);
            *number % share == turn % share
        });
    }
    if chosen.is_empty() {
        return Err(Stop::failed(format!("no mutant has `{only}` in its name")));
    }
    let places = |chosen: &[&Mutant]| {
        chosen
            .iter()
            .map(|mutant| mutant.place())
            .collect::<Vec<_>>()
    };
    let (tools, missing) = match Tools::ensure(workspace, &places(&chosen)) {
        Err(Stop::Skipped(sentence)) => {
            chosen.retain(|mutant| mutant.place() == Place::Host);
            (Tools::ensure(workspace, &places(&chosen))?, Some(sentence))
        }
        ensured => (ensured?, None),
    };
    let survivors = survivors(workspace, &tools, &chosen)?;
    let caught = chosen.len().saturating_sub(survivors.len());
    say(&format!("{caught} of {} mutants caught", chosen.len()));
    if survivors.is_empty() {
        return missing.map_or(Ok(()), |sentence| {
            Err(Stop::skipped(format!("without a browser: {sentence}")))
        });
    }
    Err(Stop::failed(format!(
        "not caught: {}",
        survivors.join("; ")
    )))
}

/// Which part of the mutants the newest commit tries.
fn turn(workspace: &Workspace) -> usize {
    let named = process::attempt(
        workspace
            .command("git")
            .args(["rev-parse", "--short=4", "HEAD"]),
    );
    let number = named.and_then(|name| usize::from_str_radix(name.trim(), 16).ok());
    number.unwrap_or_default()
}

/// Tries the mutants in several lanes at once, each in a copy of its own. Most of a trial builds
/// one crate after another, which leaves all processors but one idle.
fn survivors(
    workspace: &Workspace,
    tools: &Tools,
    chosen: &[&Mutant],
) -> Result<Vec<&'static str>> {
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    let lanes = lanes.min(LANES_MAX).min(chosen.len());
    let tried = in_lanes(
        lanes,
        chosen,
        |number| Lane::new(workspace, number),
        |lane, mutant| {
            let is_caught = lane.catches(tools, mutant)?;
            Ok((!is_caught).then_some(mutant.what))
        },
    )?;
    Ok(tried.into_iter().flatten().collect())
}

impl Mutant {
    /// The name of the test that catches it.
    pub fn catcher(&self) -> &'static str {
        self.test.last().copied().unwrap_or_default()
    }

    /// Where its test runs.
    fn place(&self) -> Place {
        match self.package {
            WEB => Place::Browser,
            NPM => Place::Package,
            _ => Place::Host,
        }
    }

    /// What is wrong with the mutant: its text is missing, or not unique.
    pub fn staleness(&self, root: &Path) -> Option<String> {
        let stale = match read(&root.join(self.file)) {
            Ok(text) => replace_once(&text, self.from, self.to).is_none(),
            Err(_) => true,
        };
        stale.then(|| format!("{}: its text is not (once) in {}", self.what, self.file))
    }
}

/// The text with the only occurrence of `from` replaced; `None` if there is none, or more than one.
fn replace_once(text: &str, from: &str, to: &str) -> Option<String> {
    (text.matches(from).count() == 1).then(|| text.replacen(from, to, 1))
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
