//! Programs that cargo installs, in `target/tools`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::workspace::{Workspace, read};

const GECKODRIVER_VERSION: &str = "0.37.1";

/// The program of wasm-bindgen in the version of `Cargo.lock`: it must have the same version as the
/// library.
///
/// `program` is one of `wasm-bindgen` and `wasm-bindgen-test-runner`.
pub fn wasm_bindgen(workspace: &Workspace, program: &str) -> Result<PathBuf> {
    let version = locked_version(workspace, "wasm-bindgen")?;
    let tools = workspace.target_dir.join("tools");
    let own = tools.join("bin").join(program);
    for candidate in [PathBuf::from(program), own.clone()] {
        let said = process::attempt(Command::new(&candidate).arg("--version"));
        if said.is_some_and(|said| said.split_whitespace().any(|word| word == version)) {
            return Ok(candidate);
        }
    }
    say(&format!(
        "building wasm-bindgen {version} in {}: a few minutes",
        tools.display()
    ));
    let build_dir = tools.join("build-wasm-bindgen");
    let mut install = workspace.cargo("install");
    // `--locked` is left out: with it the resolution fails.
    install
        .args(["wasm-bindgen-cli", "--version", &version, "--force"])
        .args(["--debug", "--quiet", "--root"])
        .arg(&tools)
        .env("CARGO_TARGET_DIR", &build_dir);
    process::capture(&mut install)?;
    // Hundreds of megabytes that are not needed again. If they stay, they do no harm.
    let _ = fs::remove_dir_all(build_dir);
    Ok(own)
}

/// The driver of Firefox, which Debian does not have.
pub fn geckodriver(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.target_dir.join("tools");
    let own = tools.join("bin").join("geckodriver");
    for candidate in [PathBuf::from("geckodriver"), own.clone()] {
        if process::attempt(Command::new(&candidate).arg("--version")).is_some() {
            return Ok(candidate);
        }
    }
    say(&format!(
        "building geckodriver {GECKODRIVER_VERSION} in {}: a few minutes",
        tools.display()
    ));
    let build_dir = tools.join("build-geckodriver");
    let mut install = workspace.cargo("install");
    install
        .args(["geckodriver", "--version", GECKODRIVER_VERSION])
        .args(["--locked", "--debug", "--quiet", "--root"])
        .arg(&tools)
        .env("CARGO_TARGET_DIR", &build_dir);
    process::capture(&mut install)?;
    // If the directory stays, it does no harm.
    let _ = fs::remove_dir_all(build_dir);
    Ok(own)
}

/// The version of a package in `Cargo.lock`.
fn locked_version(workspace: &Workspace, package: &str) -> Result<String> {
    let lock = read(&workspace.root.join("Cargo.lock"))?;
    let mut lines = lock
        .lines()
        .skip_while(|line| *line != format!("name = \"{package}\""));
    let version = lines
        .nth(1)
        .and_then(|line| line.strip_prefix("version = "));
    match version {
        Some(version) => Ok(version.trim_matches('"').to_owned()),
        None => Err(Stop::failed(format!("Cargo.lock names no {package}"))),
    }
}
