//! Licences, bans and sources of the dependencies, by cargo-deny and `deny.toml`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::console::say;
use crate::part::Result;
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

const VERSION: &str = "0.20.2";

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let program = ensure(workspace)?;
    let mut deny = workspace.command(&program.to_string_lossy());
    // Advisories need a database from a server that not every machine can reach. To check them, run
    // `cargo deny check advisories`.
    process::run(deny.args([
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))
}

/// The cargo-deny on the PATH, or one of our own in `target/tools`, which is built if necessary.
fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let on_path = PathBuf::from("cargo-deny");
    let tools = workspace.target_dir.join("tools");
    let own = tools.join("bin").join("cargo-deny");
    for program in [on_path, own.clone()] {
        if process::attempt(Command::new(&program).arg("--version")).is_some() {
            return Ok(program);
        }
    }
    say(&format!(
        "building cargo-deny {VERSION} in {}: about a minute",
        tools.display()
    ));
    let mut install = workspace.cargo("install");
    // A debug build checks a hundred crates as fast as anyone can read, and builds four times
    // sooner. Without default features it cannot fetch advisories.
    install.args([
        "cargo-deny",
        "--version",
        VERSION,
        "--locked",
        "--debug",
        "--no-default-features",
        "--quiet",
    ]);
    let build_dir = tools.join("build");
    install
        .arg("--root")
        .arg(&tools)
        .env("CARGO_TARGET_DIR", &build_dir);
    process::capture(&mut install)?;
    // Hundreds of megabytes that are not needed again. If they stay, they do no harm.
    let _ = fs::remove_dir_all(build_dir);
    Ok(own)
}
