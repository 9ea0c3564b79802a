//! What a machine must have. All of it is checked before anything begins, and reported with the
//! remedy.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::file_system::FileSystem;

/// Where tools are that are not on an ordinary user's `PATH`.
const SYSTEM_DIRECTORIES: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The full path of a tool.
pub(crate) fn find_tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = SYSTEM_DIRECTORIES.iter().map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(system)
        .map(|directory| directory.join(name))
        .find(|tool| tool.is_file())
}

/// Checks that these file systems can be examined here. With `install`, missing Debian packages are
/// installed first.
///
/// # Errors
/// [`Error::Unable`] with everything that is missing and its remedy.
pub fn require(file_systems: &[FileSystem], install: bool) -> Result<()> {
    if install {
        install_packages(&missing_packages(file_systems))?;
    }
    let mut missing = Vec::new();
    if !nix::unistd::geteuid().is_root() {
        missing.push("- only root can mount file systems: run it as root (sudo)".to_owned());
    }
    for (device, module) in [("/dev/fuse", "fuse"), ("/dev/loop-control", "loop")] {
        missing.extend(check_device(Path::new(device), module));
    }
    let packages = missing_packages(file_systems);
    if !packages.is_empty() {
        let packages = packages.join(" ");
        missing.push(format!(
            "- programs that make file systems are missing: apt-get install -y {packages} (or run this with --install)"
        ));
    }
    let mut kinds: Vec<&str> = file_systems.iter().map(|it| it.kind()).collect();
    kinds.dedup();
    missing.extend(kinds.into_iter().filter_map(check_kernel));
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::Unable(missing.join("\n")))
    }
}

fn missing_packages(file_systems: &[FileSystem]) -> Vec<&'static str> {
    let makers = file_systems.iter().map(|file_system| file_system.maker());
    let mut packages: Vec<&str> = makers
        .filter(|(program, _)| find_tool(program).is_none())
        .map(|(_, package)| package)
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn check_device(path: &Path, module: &str) -> Option<String> {
    let open = || OpenOptions::new().read(true).write(true).open(path);
    if open().is_err() {
        load_module(module);
    }
    let error = open().err()?;
    Some(format!(
        "- {} cannot be opened ({error}): load the kernel module `{module}`; in a container, run that with --privileged",
        path.display()
    ))
}

fn check_kernel(kind: &str) -> Option<String> {
    let knows = || {
        let known = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
        known
            .lines()
            .any(|line| line.split_whitespace().next_back() == Some(kind))
    };
    if !knows() {
        load_module(kind);
    }
    (!knows()).then(|| {
        format!("- the kernel has no {kind}: load its module, or leave it out with --file-systems")
    })
}

/// Loads a kernel module. Not every kernel has modules: the caller checks whether it worked.
fn load_module(name: &str) {
    let _ = Command::new("modprobe")
        .arg(name)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

fn install_packages(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    apt_get(&["update"])?;
    let install = ["install", "-y", "--no-install-recommends"];
    apt_get(&[&install, packages].concat())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let failed = |reason: String| {
        let packages = arguments.join(" ");
        Err(Error::Unable(format!(
            "- apt-get {packages} failed: {reason}"
        )))
    };
    let run = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output();
    match run {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => failed(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
        Err(error) => failed(error.to_string()),
    }
}
