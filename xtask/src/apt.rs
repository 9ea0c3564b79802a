//! System packages, on Debian and its relatives.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;

const APT_GET: &str = "/usr/bin/apt-get";
const TRIES: u32 = 3;

/// Makes sure that the packages are installed.
///
/// Skips the part where this cannot be done: without `apt-get`, or without the right to use it.
pub fn ensure(packages: &[&str]) -> Result {
    if !Path::new(APT_GET).is_file() {
        return Err(Stop::skipped(format!(
            "there is no apt-get here to install what Debian calls {}",
            packages.join(" ")
        )));
    }
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|name| !is_installed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_root() {
        return Err(Stop::skipped(format!(
            "packages are missing: `sudo apt-get install --no-install-recommends {names}`"
        )));
    }
    say(&format!("installing {names}"));
    install(&missing)
}

fn install(packages: &[&str]) -> Result {
    let mut tries_left = TRIES;
    loop {
        // A foreign source that cannot be reached makes the update fail, but not the installation.
        process::attempt(apt_get().arg("update"));
        let mut install = apt_get();
        install
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages);
        tries_left = tries_left.saturating_sub(1);
        match process::capture(&mut install) {
            Ok(_said) => return Ok(()),
            Err(stop) if tries_left == 0 => return Err(stop),
            // A mirror in the middle of an update answers again a moment later.
            Err(_) => thread::sleep(Duration::from_secs(5)),
        }
    }
}

fn apt_get() -> Command {
    let mut command = Command::new(APT_GET);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    // Another apt-get may be running: this waits for it instead of failing.
    command.args([
        "-qq",
        "-o",
        "DPkg::Lock::Timeout=600",
        "-o",
        "Acquire::Retries=3",
        "-o",
        "Dpkg::Use-Pty=0",
    ]);
    command
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    process::attempt(&mut query).is_some_and(|status| status == "installed")
}

fn is_root() -> bool {
    process::attempt(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}
