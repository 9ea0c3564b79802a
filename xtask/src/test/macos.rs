//! macOS: there is no such machine here, but the compiler can check the types.

use crate::part::Result;
use crate::process;
use crate::toolchain::{PanicRuntime, Toolchain};
use crate::totals::Totals;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let toolchain = Toolchain::ensure(workspace, "aarch64-apple-darwin")?;
    let mut check = toolchain.cargo("check", PanicRuntime::Abort);
    process::run(check.args(["--package", "steadfast-file", "--package", "steadfast"]))
}
