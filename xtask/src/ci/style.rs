//! What the toolchain itself can judge.

use crate::part::Result;
use crate::process;
use crate::toolchain::Toolchain;
use crate::totals::Totals;
use crate::web::package;
use crate::workspace::Workspace;

const WEB: &str = "steadfast-web";

pub(super) fn format(workspace: &Workspace, _totals: &mut Totals) -> Result {
    process::run(workspace.cargo("fmt").args(["--all", "--check"]))
}

pub(super) fn clippy(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let shipped = ["--lib", "--bins", "--examples"];
    let product = process::run(
        workspace
            .cargo("clippy")
            .args(["--workspace", "--keep-going"])
            .args(shipped)
            .args(["--", "-D", "warnings"]),
    );
    // A test that panics is a test that fails. clippy.toml allows that in `#[test]` functions, but
    // not in their helpers.
    let panics = ["unwrap_used", "expect_used", "panic", "indexing_slicing"];
    let mut tests = workspace.cargo("clippy");
    tests.args([
        "--workspace",
        "--keep-going",
        "--tests",
        "--",
        "-D",
        "warnings",
    ]);
    for lint in panics {
        tests.arg("-A").arg(format!("clippy::{lint}"));
    }
    let tested = process::run(&mut tests);
    product.and(tested).and(for_browsers(workspace))
}

/// The crate of the browsers is empty on this machine, so it is checked for the browsers' target.
/// Each build of the package leaves out what another one uses.
fn for_browsers(workspace: &Workspace) -> Result {
    let toolchain = Toolchain::ensure(workspace, package::TARGET)?;
    let builds = package::ENGINES.map(|(feature, _)| feature);
    let mut outcome = process::run(&mut toolchain.lint(WEB, &[]));
    for feature in builds {
        outcome = outcome.and(process::run(&mut toolchain.lint(WEB, &[feature])));
    }
    outcome
}

pub(super) fn docs(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let mut docs = workspace.cargo("doc");
    docs.args(["--workspace", "--no-deps", "--keep-going"])
        .env("RUSTDOCFLAGS", "-D warnings");
    process::run(&mut docs)
}
