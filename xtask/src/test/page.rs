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
    let mut outcome = Ok(());
    // One after the other: each starts a browser, and kills it at its worst moment.
    for test in tests(&dir.join("test"))? {
        let mut node = workspace.command("node");
        node.current_dir(&dir)
            .args(["--test", "--test-reporter=spec"])
            .arg(test)
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
