//! The tests that run on Windows, under wine.

use crate::part::Result;
use crate::process;
use crate::toolchain::{PanicRuntime, Toolchain};
use crate::totals::Totals;
use crate::wine::Wine;
use crate::workspace::{Workspace, rust_sources};

const TARGET: &str = "x86_64-pc-windows-gnu";

/// Tests that only explore bytes and disks in memory are the same on every system, and take minutes
/// under wine. CI leaves them out, because the host has just run them.
const OF_ANY_SYSTEM: [&str; 3] = [
    "every_crash_state_opens_with_what_was_acknowledged",
    "every_flipped_byte_and_every_cut_is_noticed",
    "no_bytes_make_it_panic_or_allocate_without_bound",
];

/// Builds the tests of the crates that touch the system, and runs them.
pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    let toolchain = Toolchain::ensure(workspace, TARGET)?;
    let wine = Wine::ensure(workspace)?;
    // The host runs the documentation tests already, and wine takes a second to start each.
    let mut file = toolchain.cargo("test", PanicRuntime::Unwind);
    file.args(["--package", "steadfast-file", "--lib", "--tests"]);
    let mut core = toolchain.cargo("test", PanicRuntime::Unwind);
    core.args(["--package", "steadfast-core", "--lib"]);
    for name in tests_of_core(workspace)? {
        core.args(["--test", &name]);
    }
    let mut tested = Ok(());
    for mut tests in [file, core] {
        tests.arg("--no-fail-fast");
        wine.equip(&mut tests);
        tested = tested.and(process::run_tests(&mut tests, totals));
    }
    wine.stop(workspace);
    tested
}

fn tests_of_core(workspace: &Workspace) -> Result<Vec<String>> {
    let dir = workspace.root.join("crates/core/tests");
    let sources = rust_sources(&dir)?;
    let tests = sources.iter().filter(|file| file.parent() == Some(&dir));
    let names = tests.filter_map(|file| file.file_stem()?.to_str());
    let is_ci = std::env::var_os("CI").is_some();
    Ok(names
        .filter(|name| !is_ci || !OF_ANY_SYSTEM.contains(name))
        .map(str::to_owned)
        .collect())
}
