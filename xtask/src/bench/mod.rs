//! `cargo xtask bench`: the benchmarks, with the rivals.
//!
//! They are a workspace of their own, so that nobody else compiles a rival. Here they are built and
//! run, and their results are kept. Those in a browser (`--browser`) are a page of their own, with
//! other rivals.

mod browser;

use crate::part::Result;
use crate::process;
use crate::workspace::Workspace;

/// Builds the benchmarks and hands the arguments on. Only a run of full length is kept, under
/// `docs/benchmarks`.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    if let Some((first, rest)) = arguments.split_first()
        && first == "--browser"
    {
        return browser::run(workspace, rest);
    }
    let target = workspace.target_dir.join("bench");
    let mut bench = workspace.cargo("run");
    bench
        .env("CARGO_TARGET_DIR", &target)
        .args([
            "--quiet",
            "--release",
            "--manifest-path",
            "bench/Cargo.toml",
        ])
        .args(["--package", "steadfast-bench-peers", "--"])
        .args(arguments);
    let is_given = |name: &str| arguments.iter().any(|argument| argument == name);
    if !is_given("--folder") {
        bench.arg("--folder").arg(target.join("data"));
    }
    if !is_given("--record") && !is_given("--quick") && !is_given("--help") {
        bench.args(["--record", "docs/benchmarks"]);
    }
    process::run(&mut bench)
}
