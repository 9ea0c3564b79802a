//! One run of the test that has to fail, on the host or in a browser.
//!
//! | place | what is run |
//! |---|---|
//! | the host | `cargo test` |
//! | a browser | tests inside of Chromium or of its tabs, over what is built of the copy |
//! | the npm package | its scripts bundled anew with the sound WebAssembly; one file of its tests |

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::verdict::{is_caught, is_caught_in_package};
use super::{Mutant, about};
use crate::apt;
use crate::part::{Result, Stop};
use crate::test::{browser, page};
use crate::tool;
use crate::toolchain::Toolchain;
use crate::web::package::{self, TARGET};
use crate::workspace::Workspace;

/// Where a mutant's test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Host,
    Browser,
    Package,
}

/// What all lanes need from outside of their copies.
pub(super) struct Tools {
    /// Empty if no test runs in a browser.
    runner: PathBuf,
    bindgen: PathBuf,
    /// The sound package, with its modules and its WebAssembly.
    package: PathBuf,
}

/// How a run ended.
pub(super) struct Verdict {
    pub(super) is_success: bool,
    pub(super) is_caught: bool,
    /// The output that a person needs.
    pub(super) excerpt: String,
}

impl Tools {
    /// Installs and builds what tests in these places need.
    pub(super) fn ensure(workspace: &Workspace, places: &[Place]) -> Result<Self> {
        let mut tools = Self {
            runner: PathBuf::new(),
            bindgen: PathBuf::new(),
            package: package::dir(workspace),
        };
        if places.contains(&Place::Browser) {
            apt::ensure(&["chromium", "chromium-driver"])?;
            Toolchain::ensure(workspace, TARGET)?;
            tools.runner = tool::wasm_bindgen(workspace, "wasm-bindgen-test-runner")?;
            tools.bindgen = tool::wasm_bindgen(workspace, "wasm-bindgen")?;
        }
        if places.contains(&Place::Package) {
            apt::ensure(&["chromium"])?;
            package::build(workspace)?;
        }
        Ok(tools)
    }
}

/// Runs the mutant's test in the copy.
pub(super) fn run(copy: &Workspace, tools: &Tools, mutant: &Mutant) -> Result<Verdict> {
    let mut test = match mutant.place() {
        Place::Host => on_the_host(copy, mutant),
        Place::Browser => in_a_browser(copy, tools, mutant)?,
        Place::Package => in_the_package(copy, tools, mutant)?,
    };
    let output = output(&mut test)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let is_caught = match mutant.place() {
        Place::Package => is_caught_in_package(&said),
        Place::Host | Place::Browser => is_caught(&said, mutant.test),
    };
    let failures = said
        .lines()
        .filter(|line| line.contains("FAIL") || line.contains('✖'));
    let excerpt: Vec<_> = failures.chain(errors.lines()).take(12).collect();
    let is_success = output.status.success();
    Ok(Verdict {
        is_success,
        is_caught: is_caught && !is_success,
        excerpt: excerpt.join("\n"),
    })
}

fn on_the_host(copy: &Workspace, mutant: &Mutant) -> Command {
    let mut test = copy.cargo("test");
    test.args(["--quiet", "--package", mutant.package])
        .args(mutant.test)
        .env("CARGO_TARGET_DIR", &copy.target_dir);
    quick(&mut test);
    test
}

fn in_a_browser(copy: &Workspace, tools: &Tools, mutant: &Mutant) -> Result<Command> {
    let toolchain = Toolchain::ensure(copy, TARGET)?;
    let mut test = if let [_, "tabs", names @ ..] = mutant.test {
        let page = browser::build_page(copy, &toolchain, &tools.bindgen)?;
        let mut test = browser::outside(copy, &page, "chromium");
        test.args(["--", "--ignored"]).args(names);
        test
    } else {
        let mut test = browser::inside(&toolchain, &tools.runner);
        let (file, names) = mutant.test.split_at(mutant.test.len().min(2));
        test.args(file).arg("--").args(names);
        test
    };
    test.env("CHROMEDRIVER", "/usr/bin/chromedriver");
    for other in ["GECKODRIVER", "SAFARIDRIVER"] {
        test.env_remove(other);
    }
    quick(&mut test);
    // With its lints capped, the compiler does not tell cargo what it can build for this target.
    test.env("RUSTFLAGS", "-Awarnings");
    Ok(test)
}

fn in_the_package(copy: &Workspace, tools: &Tools, mutant: &Mutant) -> Result<Command> {
    let dir = package::dir(copy);
    // The copy has only tracked files: no modules, and no WebAssembly, which the bundler changes.
    let (modules, wasm) = (Path::new("node_modules"), Path::new("src/wasm"));
    take(
        copy,
        "ln -sfn",
        &tools.package.join(modules),
        &dir.join(modules),
    )?;
    take(copy, "cp -r", &tools.package.join(wasm), &dir.join(wasm))?;
    let mut bundle = copy.command("node");
    bundle.current_dir(&dir).arg("build.mjs");
    if !output(&mut bundle)?.status.success() {
        // The run itself shows it: it fails, and not because of a test.
        return Ok(bundle);
    }
    let mut test = page::tests_by_node(copy, 1);
    test.arg(format!("test/{}.test.mjs", mutant.catcher()));
    Ok(test)
}

/// Makes the file or folder `original` available at `path`, unless something is there already. It
/// runs a command, because the standard library has a different link function for each system, and
/// browsers are tried on Linux.
fn take(copy: &Workspace, command: &str, original: &Path, path: &Path) -> Result {
    if path.exists() {
        return Ok(());
    }
    let mut words = command.split(' ');
    let mut taken = copy.command(words.next().unwrap_or_default());
    let taken = output(taken.args(words).arg(original).arg(path))?;
    if taken.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&taken.stderr);
    Err(Stop::failed(format!("{}: {said}", path.display())))
}

/// Builds are small and frequent, and warnings about unused code do not matter here.
fn quick(test: &mut Command) {
    test.env("RUSTFLAGS", "--cap-lints=allow")
        .env("CARGO_INCREMENTAL", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "none");
}

fn output(command: &mut Command) -> Result<Output> {
    let program = PathBuf::from(command.get_program());
    command.output().map_err(|error| about(&program, &error))
}
