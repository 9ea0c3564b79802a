//! The npm package: cargo and wasm-bindgen build three engines, its own build script builds the
//! rest.
//!
//! A page has to load the engine, so every byte counts. Debian's compiler can rebuild the standard
//! library without the texts of panics, which saves 25 kB compressed. Without that compiler the
//! package is that much larger, and its test of the size says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::tool;
use crate::toolchain::{PanicRuntime, Toolchain};
use crate::workspace::Workspace;

/// What browsers run.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// The cargo feature of an engine, and the name of its files.
pub const ENGINES: [(&str, &str); 3] = [
    ("npm", "steadfast"),
    ("npm-whole", "steadfast_whole"),
    ("npm-opfs", "steadfast_opfs"),
];
const SMALL_STD: &str =
    "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

/// Where the package is.
pub fn dir(workspace: &Workspace) -> PathBuf {
    workspace.root.join("crates").join("web").join("npm")
}

/// Builds the package's `dist`.
pub fn build(workspace: &Workspace) -> Result {
    install(workspace, &dir(workspace))?;
    let bindgen = tool::wasm_bindgen(workspace, "wasm-bindgen")?;
    let target_dir = workspace.target_dir.join("npm");
    let distribution = Workspace {
        distribution_compiler: true,
        ..workspace.clone()
    };
    let small = Toolchain::ensure(&distribution, TARGET);
    let is_small = small.is_ok();
    if !is_small {
        say("without Debian's compiler the package is 25 kB larger");
    }
    let toolchain = small.or_else(|_stop| Toolchain::ensure(workspace, TARGET))?;
    for (feature, name) in ENGINES {
        let mut cargo = toolchain.cargo("rustc", PanicRuntime::Abort);
        cargo
            .args(["--package", "steadfast-web", "--lib"])
            .args(["--crate-type", "cdylib", "--profile", "npm"])
            .args(["--features", feature])
            .env("CARGO_TARGET_DIR", &target_dir);
        if is_small {
            cargo
                .arg("-Zbuild-std-features=optimize_for_size")
                .env("RUSTFLAGS", SMALL_STD);
        }
        process::run(&mut cargo)?;
        let built = target_dir.join(TARGET).join("npm");
        let mut bind = workspace.command(&bindgen.to_string_lossy());
        bind.args(["--target", "web", "--out-name", name, "--out-dir"])
            .arg(dir(workspace).join("src").join("wasm"))
            .arg(built.join("steadfast_web.wasm"));
        process::run(&mut bind)?;
    }
    process::run(npm(workspace, &dir(workspace)).args(["run", "--silent", "build"]))
}

/// Installs, if necessary, Node and what the lock file in this folder names.
pub fn install(workspace: &Workspace, dir: &Path) -> Result {
    let is_there = |program| process::attempt(Command::new(program).arg("--version")).is_some();
    if !is_there("node") || !is_there("npm") {
        apt::ensure(&["nodejs", "npm"])?;
    }
    let installed = dir.join("node_modules").join(".package-lock.json");
    let wanted = dir.join("package-lock.json");
    let age = |path: &PathBuf| path.metadata().and_then(|it| it.modified()).ok();
    if installed.is_file() && age(&installed) >= age(&wanted) {
        return Ok(());
    }
    process::run(npm(workspace, dir).arg("ci")).map_err(|stop| match stop {
        Stop::Failed(_) => Stop::failed(format!(
            "`npm ci` failed in {}: is a registry in reach?",
            dir.display()
        )),
        skipped @ Stop::Skipped(_) => skipped,
    })
}

fn npm(workspace: &Workspace, dir: &Path) -> Command {
    let mut npm = workspace.command("npm");
    npm.current_dir(dir);
    npm
}
