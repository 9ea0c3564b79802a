//! The browser's backends in real browsers: Chromium, Firefox, and WebKitGTK for Safari's family.
//!
//! Each browser runs the conformance suite on the main thread and in a worker, then several tabs
//! that are driven from outside. WebKitGTK has no private file system, and only Chromium lets a
//! test set the quota and evict.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::tool;
use crate::toolchain::{PanicRuntime, Toolchain};
use crate::totals::Totals;
use crate::web::package::TARGET;
use crate::workspace::Workspace;

/// A suite that hangs must not hang the run; the slowest takes a minute.
const SECONDS_MAX: &str = "600";

/// A family of browsers.
struct Engine {
    /// The name that the tests use.
    name: &'static str,
    packages: &'static [&'static str],
    /// The variable that names the driver's program.
    driver_variable: &'static str,
    driver: &'static str,
    /// Whether the browser must be given a display.
    needs_display: bool,
    /// What the browser does not support.
    skips: &'static [&'static str],
}

const ENGINES: [Engine; 3] = [
    Engine {
        name: "chromium",
        packages: &["chromium", "chromium-driver"],
        driver_variable: "CHROMEDRIVER",
        driver: "/usr/bin/chromedriver",
        needs_display: false,
        skips: &[],
    },
    Engine {
        name: "firefox",
        packages: &["firefox-esr"],
        driver_variable: "GECKODRIVER",
        driver: "geckodriver",
        needs_display: false,
        skips: &["in_chromium"],
    },
    Engine {
        name: "webkit",
        packages: &["webkit2gtk-driver", "xvfb", "xauth"],
        // The runner calls WebKit's driver by the name of Safari's.
        driver_variable: "SAFARIDRIVER",
        driver: "/usr/bin/WebKitWebDriver",
        needs_display: true,
        skips: &["in_chromium", "opfs"],
    },
];

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    let outcome = run_all(workspace, totals);
    match outcome {
        // In CI, a test that cannot run must not pass unnoticed.
        Err(Stop::Skipped(sentence)) if std::env::var_os("CI").is_some() => {
            Err(Stop::failed(sentence))
        }
        other => other,
    }
}

fn run_all(workspace: &Workspace, totals: &mut Totals) -> Result {
    let toolchain = Toolchain::ensure(workspace, TARGET)?;
    let runner = tool::wasm_bindgen(workspace, "wasm-bindgen-test-runner")?;
    let bindgen = tool::wasm_bindgen(workspace, "wasm-bindgen")?;
    let page = build_page(workspace, &toolchain, &bindgen)?;
    let mut outcome = Ok(());
    for engine in &ENGINES {
        say(&format!("in {}", engine.name));
        let tested = test_in(engine, workspace, &toolchain, &runner, &page, totals);
        outcome = outcome.and(tested);
    }
    outcome
}

fn test_in(
    engine: &Engine,
    workspace: &Workspace,
    toolchain: &Toolchain<'_>,
    runner: &Path,
    page: &Path,
    totals: &mut Totals,
) -> Result {
    apt::ensure(engine.packages)?;
    let driver = match engine.name {
        "firefox" => tool::geckodriver(workspace)?,
        _ => PathBuf::from(engine.driver),
    };
    let mut inside = inside(toolchain, runner);
    inside.args(["--no-fail-fast", "--test", "window", "--test", "worker"]);
    let outside = outside(workspace, page, engine.name);
    let mut outcome = Ok(());
    for (mut tests, arguments) in [
        (inside, &[][..]),
        (outside, &["--ignored", "--test-threads=2"][..]),
    ] {
        tests.arg("--").args(arguments);
        for skip in engine.skips {
            tests.args(["--skip", skip]);
        }
        // The variables of the other drivers may be set, and the runner takes the first one that it
        // finds.
        for other in &ENGINES {
            tests.env_remove(other.driver_variable);
        }
        tests.env(engine.driver_variable, &driver);
        let mut tests = if engine.needs_display {
            on_a_display(&tests)
        } else {
            tests
        };
        outcome = outcome.and(process::run_tests(&mut tests, totals));
    }
    outcome
}

/// The command for the tests that run inside a browser, without their names.
pub fn inside(toolchain: &Toolchain<'_>, runner: &Path) -> Command {
    let mut tests = toolchain.cargo("test", PanicRuntime::Abort);
    tests
        .args(["--package", "steadfast-web"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("WASM_BINDGEN_TEST_TIMEOUT", SECONDS_MAX);
    tests
}

/// The command for the tests that drive a browser from outside.
pub fn outside(workspace: &Workspace, page: &Path, engine: &str) -> Command {
    let mut tests = workspace.cargo("test");
    tests
        .args(["--package", "steadfast-web", "--test", "tabs"])
        .env("STEADFAST_PAGE", page)
        .env("STEADFAST_ENGINE", engine);
    tests
}

/// The same command, with an invisible display.
fn on_a_display(command: &Command) -> Command {
    let mut on_display = Command::new("xvfb-run");
    on_display
        .arg("--auto-servernum")
        .arg(command.get_program());
    on_display.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => on_display.env(name, value),
            None => on_display.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        on_display.current_dir(dir);
    }
    on_display
}

/// Builds what the tabs show, and returns the directory that contains it.
///
/// # Errors
///
/// The build failed.
pub fn build_page(
    workspace: &Workspace,
    toolchain: &Toolchain<'_>,
    bindgen: &Path,
) -> Result<PathBuf> {
    let mut build = toolchain.cargo("build", PanicRuntime::Abort);
    build.args(["--package", "steadfast-web", "--example", "tab"]);
    process::run(&mut build)?;
    let page = workspace.target_dir.join("tabs");
    let mut bind = workspace.command(&bindgen.to_string_lossy());
    bind.args(["--target", "web", "--no-typescript", "--out-dir"])
        .arg(&page)
        .arg(toolchain.output_dir().join("examples").join("tab.wasm"));
    process::capture(&mut bind)?;
    Ok(page)
}
