//! The npm package and the page, in a real Chromium; what other engines may do otherwise, in
//! Firefox and WebKitGTK.

use std::fs;
use std::path::{Path, PathBuf};

use crate::apt;
use crate::part::{Result, Stop};
use crate::process;
use crate::tool;
use crate::totals::Totals;
use crate::web::{package, site};
use crate::workspace::Workspace;

const CHROMIUM: &str = "/usr/bin/chromium";

/// Tests that mostly wait, for writers that are suspended or say nothing: they run together.
const WAITING: [&str; 6] = [
    "a_deletion_that_waits_for_a_suspended_tab_is_told",
    "a_suspended_writer_is_replaced",
    "a_suspended_writer_of_private_files_is_waited_for",
    "a_tab_that_cannot_write_yet_keeps_nobody_waiting",
    "a_worker_that_says_nothing_is_told",
    "a_writer_that_is_not_fenced_off_leaves_it_unknown",
];

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
    // The others one after the other: each starts a browser, and kills it at its worst moment.
    let groups = std::iter::once(waiting).chain(others.into_iter().map(|test| vec![test]));
    let mut outcome = Ok(());
    for group in groups {
        let mut node = workspace.command("node");
        node.current_dir(&dir)
            .args(["--test", "--test-reporter=spec"])
            .arg(format!("--test-concurrency={}", WAITING.len()))
            .args(group)
            .env("GECKODRIVER", &geckodriver)
            .env("STEADFAST_SITE", &site);
        let tested = process::run_tests(&mut node, totals);
        outcome = outcome.and(tested);
    }
    outcome
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
