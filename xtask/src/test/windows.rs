//! The tests that run on Windows, under wine.

use crate::part::Result;
use crate::process;
use crate::toolchain::{PanicRuntime, Toolchain};
use crate::totals::Totals;
use crate::wine::Wine;
use crate::workspace::Workspace;

const TARGET: &str = "x86_64-pc-windows-gnu";

/// Builds the tests of the crates that touch the system, and runs them.
pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    let toolchain = Toolchain::ensure(workspace, TARGET)?;
    let wine = Wine::ensure(workspace)?;
    let mut tests = toolchain.cargo("test", PanicRuntime::Unwind);
    tests.args(["--package", "steadfast-core", "--package", "steadfast-file"]);
    // Documentation tests run on the host already, and wine takes a second to start each.
    tests.args(["--lib", "--tests", "--no-fail-fast"]);
    wine.equip(&mut tests);
    let tested = process::run_tests(&mut tests, totals);
    wine.stop(workspace);
    tested
}
