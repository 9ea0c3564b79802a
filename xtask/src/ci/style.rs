//! What the toolchain itself can judge.

use crate::part::Result;
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

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
    // A test that panics is a test that fails; clippy.toml says so for `#[test]` functions, but not for their helpers.
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
    product.and(process::run(&mut tests))
}

pub(super) fn docs(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let mut docs = workspace.cargo("doc");
    docs.args(["--workspace", "--no-deps", "--keep-going"])
        .env("RUSTDOCFLAGS", "-D warnings");
    process::run(&mut docs)
}
