//! `cargo xtask bench --browser`: the npm package beside other libraries, on one page and in one
//! run.
//!
//! `bench/browser` is that page, and the only folder that depends on those libraries. Here the
//! package is built, the libraries are installed, and a Chromium runs the page. A run of full
//! length is kept under `docs/benchmarks`.

use std::path::Path;

use crate::apt;
use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::web::package;
use crate::workspace::Workspace;

const CHROMIUM: &str = "/usr/bin/chromium";
const HELP: &str = "\
Measures the npm package beside other libraries in Chromium, and writes docs/benchmarks/browser.md and browser.svg.

Usage: cargo xtask bench --browser [OPTIONS]

Options:
  --quick            seconds instead of minutes, for trying out; writes nothing
  --only one,save    only these of the works one, hundred, save; writes nothing
  --serve            serves the page for a browser of your own instead
  --help             this page
";

pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let is_given = |name: &str| arguments.iter().any(|argument| argument == name);
    if is_given("--help") || is_given("-h") {
        say(HELP.trim_end());
        return Ok(());
    }
    let mut given = arguments.iter();
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--quick" | "--serve" => {}
            "--only" if given.next().is_some() => {}
            other => {
                return Err(Stop::failed(format!(
                    "`cargo xtask bench --browser` cannot use `{other}`: see its `--help`"
                )));
            }
        }
    }
    if !is_given("--serve")
        && !Path::new(CHROMIUM).is_file()
        && std::env::var_os("CHROMIUM").is_none()
    {
        apt::ensure(&["chromium"])?;
    }
    package::build(workspace)?;
    let page = workspace.root.join("bench").join("browser");
    package::install(workspace, &page)?;
    let mut node = workspace.command("node");
    node.current_dir(&page).arg("run.mjs").args(arguments);
    if arguments.is_empty() {
        node.args(["--record", "../../docs/benchmarks"]);
    }
    process::run(&mut node)
}
