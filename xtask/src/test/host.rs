//! The tests of this machine.

use crate::apt;
use crate::part::Result;
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

/// All unit, integration and documentation tests, then every example or program that no test has
/// built.
pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    // strace counts system calls and makes them fail. Python judges what is read from CSV and JSON.
    // Full and read-only disks need mount, which every Linux has. Power cuts need the programs that
    // make file systems.
    if cfg!(target_os = "linux") {
        apt::ensure(&["strace", "python3", "e2fsprogs", "xfsprogs", "btrfs-progs"])?;
    }
    let mut tests = workspace.cargo("test");
    tests.args(["--workspace", "--no-fail-fast"]);
    let tested = process::run_tests(&mut tests, totals);
    let built =
        process::run(
            workspace
                .cargo("build")
                .args(["--workspace", "--examples", "--bins"]),
        );
    tested.and(built)
}
