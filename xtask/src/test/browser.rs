//! The conformance suite over IndexedDB, in a page and in a worker, and over OPFS in a worker, in a real browser.

use std::path::Path;

use crate::apt;
use crate::part::Result;
use crate::process;
use crate::tool;
use crate::toolchain::{PanicRuntime, Toolchain};
use crate::totals::Totals;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const CHROMIUM: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    if !Path::new(CHROMIUM).is_file() || !Path::new(DRIVER).is_file() {
        apt::ensure(&["chromium", "chromium-driver"])?;
    }
    let toolchain = Toolchain::ensure(workspace, TARGET)?;
    let runner = tool::wasm_bindgen(workspace, "wasm-bindgen-test-runner")?;
    let mut tests = toolchain.cargo("test", PanicRuntime::Abort);
    tests
        .args(["--package", "steadfast-web"])
        .args(["--test", "window", "--test", "worker", "--no-fail-fast"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", DRIVER)
        // Seconds for one test binary; the suite drops every future at every await.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    process::run_tests(&mut tests, totals)
}
