//! The npm package and the page in a real Chromium, and what may differ in other engines in Firefox
//! and WebKitGTK.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::part::{Result, Stop};
use crate::process;
use crate::tool;
use crate::totals::Totals;
use crate::web::{package, site};
use crate::workspace::Workspace;

const CHROMIUM: &str = "/usr/bin/chromium";

/// Tests that mostly wait, for writers that are suspended or silent. They run together.
const WAITING: [&str; 6] = [
    "a_deletion_that_waits_for_a_suspended_tab_is_told",
    "a_suspended_writer_is_replaced",
    "a_suspended_writer_of_private_files_is_waited_for",
    "a_tab_that_cannot_write_yet_keeps_nobody_waiting",
    "a_worker_that_says_nothing_is_told",
    "a_writer_that_is_not_fenced_off_leaves_it_unknown",
];

/// The time limit of a file of tests in milliseconds. No file takes a third of it.
const TEST_MS_MAX: u32 = 400_000;

/// The other engines, and the display that WebKitGTK needs.
const OTHERS: [&str; 4] = ["firefox-esr", "webkit2gtk-driver", "xvfb", "xauth"];

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    if !Path::new(CHROMIUM).is_file() && std::env::var_os("CHROMIUM").is_none() {
        apt::ensure(&["chromium"])?;
    }
    apt::ensure(&OTHERS)?;
    let geckodriver = tool::geckodriver(workspace)?;
    package::build(workspace)?;
    let site = site::assemble(workspace)?;
    let dir = package::dir(workspace);
    package::install(workspace, &dir.join("test").join("bundlers"))?;
    let (waiting, others): (Vec<_>, Vec<_>) =
        tests(&dir.join("test"))?.into_iter().partition(|test| {
            let name = test.file_name().unwrap_or_default().to_string_lossy();
            WAITING.iter().any(|waits| name.starts_with(waits))
        });
    // The others run two at a time: each mostly waits for a browser to start, or to be killed.
    let mut outcome = Ok(());
    for (at_once, files) in [(waiting.len(), waiting), (2, others)] {
        let mut node = tests_by_node(workspace, at_once);
        node.args(files)
            .env("GECKODRIVER", &geckodriver)
            .env("STEADFAST_SITE", &site);
        let tested = process::run_tests(&mut node, totals);
        outcome = outcome.and(tested);
    }
    outcome
}

/// Runs files of tests in the package's folder, this many at once. A test that hangs fails.
pub fn tests_by_node(workspace: &Workspace, at_once: usize) -> Command {
    let mut node = workspace.command("node");
    node.current_dir(package::dir(workspace))
        .args(["--test", "--test-reporter=spec"])
        .arg(format!("--test-concurrency={at_once}"))
        .arg(format!("--test-timeout={TEST_MS_MAX}"));
    node
}

fn tests(dir: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Stop::failed(format!("{} could not be listed: {error}", dir.display()));
    let mut tests = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            tests.push(path);
        }
    }
    tests.sort();
    Ok(tests)
}
