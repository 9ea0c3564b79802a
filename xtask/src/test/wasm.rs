//! The core for the browser: because it builds, it needs no operating system.

use crate::part::Result;
use crate::process;
use crate::toolchain::{PanicRuntime, Toolchain};
use crate::totals::Totals;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let toolchain = Toolchain::ensure(workspace, "wasm32-unknown-unknown")?;
    process::run(
        toolchain
            .cargo("build", PanicRuntime::Abort)
            .args(["--package", "steadfast-core"]),
    )
}
