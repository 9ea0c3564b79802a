//! The fuzz targets, each for a fixed time, starting from the kept seeds.

use std::path::PathBuf;
use std::process::Command;

use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

const VERSION: &str = "0.13.2";
const TARGETS: [&str; 6] = [
    "damage", "import", "manifest", "segment", "snapshot", "store",
];
const SECONDS_EACH: f64 = 12.0;

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let nightly = ["run", "nightly", "rustc", "--version"];
    if process::attempt(Command::new("rustup").args(nightly)).is_none() {
        process::capture(Command::new("rustup").args(["toolchain", "install", "nightly"]))
            .map_err(|_| {
                Stop::skipped(
                    "fuzzing needs the nightly compiler: `rustup toolchain install nightly`",
                )
            })?;
    }
    let program = ensure(workspace)?;
    let seconds = workspace
        .hours
        .map_or(SECONDS_EACH, |hours| hours * 3600.0 / TARGETS.len() as f64);
    for target in TARGETS {
        say(&format!("fuzzing {target} for {seconds:.0} seconds"));
        let corpus = workspace.target_dir.join("fuzz-corpus").join(target);
        std::fs::create_dir_all(&corpus)
            .map_err(|error| Stop::failed(format!("{}: {error}", corpus.display())))?;
        let mut fuzz = Command::new(&program);
        fuzz.current_dir(workspace.root.join("fuzz"))
            .env("RUSTUP_TOOLCHAIN", "nightly")
            .env("CARGO_TARGET_DIR", workspace.target_dir.join("fuzz"))
            .args(["run", target])
            .arg(&corpus)
            .arg(format!("seeds/{target}"))
            .args([
                "--",
                "-max_len=8192",
                "-rss_limit_mb=2048",
                "-print_final_stats=1",
            ])
            .arg(format!("-max_total_time={seconds:.0}"));
        process::capture(&mut fuzz)?;
    }
    Ok(())
}

/// The cargo-fuzz on the PATH, or one of our own in `target/tools`, which is built if necessary.
fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.target_dir.join("tools");
    let own = tools.join("bin").join("cargo-fuzz");
    for program in [PathBuf::from("cargo-fuzz"), own.clone()] {
        if process::attempt(Command::new(&program).arg("--version")).is_some() {
            return Ok(program);
        }
    }
    say(&format!(
        "building cargo-fuzz {VERSION} in {}: a minute or two",
        tools.display()
    ));
    let mut install = workspace.cargo("install");
    install
        .args([
            "cargo-fuzz",
            "--version",
            VERSION,
            "--locked",
            "--debug",
            "--quiet",
        ])
        .arg("--root")
        .arg(&tools)
        .env("CARGO_TARGET_DIR", tools.join("build"));
    process::capture(&mut install)?;
    // If it stays, it does no harm.
    let _ = std::fs::remove_dir_all(tools.join("build"));
    Ok(own)
}
