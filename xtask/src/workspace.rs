//! The locations of the workspace, its packages, its tracked files, and its build directory.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::part::{Result, Stop};
use crate::process;

/// The workspace that the commands work on, and the choices made on the command line.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The directory of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds: `CARGO_TARGET_DIR`, or `target` in the root.
    pub target_dir: PathBuf,
    /// Use the compiler of the Linux distribution for other systems even where rustup could serve.
    pub distribution_compiler: bool,
    /// How many hours a proof may run; `None` for its bounded size.
    pub hours: Option<f64>,
    /// Selects mutants, and the commands whose calls fail, by a part of their names; `None` for
    /// all.
    pub only: Option<String>,
    /// Run a sample if the whole takes minutes, as `ci` does.
    pub is_sample: bool,
}

/// A package under `crates/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The name that cargo knows it by.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Whether it is meant for the registry (no `publish = false`).
    pub public: bool,
}

impl Workspace {
    /// The workspace that this `xtask` belongs to.
    pub fn find() -> Result<Self> {
        // Cargo sets the variable when it runs this program. The constant is for a program started
        // by hand.
        let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir
            .parent()
            .map(Path::to_path_buf)
            .ok_or_else(|| {
                Stop::failed("the workspace was not found: run `cargo xtask` inside the repository")
            })?;
        let target_dir = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self {
            root,
            target_dir,
            distribution_compiler: false,
            hours: None,
            only: None,
            is_sample: false,
        })
    }

    /// For how long a proof is repeated; zero for its bounded size.
    pub fn goes_on(&self) -> Duration {
        Duration::from_secs_f64(self.hours.unwrap_or(0.0).max(0.0) * 3600.0)
    }

    /// A cargo command, to be run in the root.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.command(&env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        command.arg(subcommand);
        command
    }

    /// Any command, to be run in the root.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The packages under `crates/`, in name order of their directories.
    pub fn packages(&self) -> Result<Vec<Package>> {
        let mut packages = Vec::new();
        for dir in entries(&self.root.join("crates"))? {
            let manifest = dir.join("Cargo.toml");
            if !manifest.is_file() {
                continue;
            }
            let text = read(&manifest)?;
            let name = package_name(&text)
                .ok_or_else(|| Stop::failed(format!("{} names no package", manifest.display())))?;
            packages.push(Package {
                name,
                dir,
                public: is_public(&text),
            });
        }
        Ok(packages)
    }

    /// The files under version control and those about to be, relative to the root.
    pub fn tracked_files(&self) -> Result<Vec<PathBuf>> {
        let mut git = self.command("git");
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let list = process::capture(&mut git)?;
        let names = list.split('\0').filter(|name| !name.is_empty());
        // A file that is deleted but not yet committed is still listed.
        Ok(names
            .map(PathBuf::from)
            .filter(|name| self.root.join(name).is_file())
            .collect())
    }
}

/// The Rust sources under a directory, in name order.
pub fn rust_sources(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in entries(dir)? {
        if entry.is_dir() {
            sources.extend(rust_sources(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            sources.push(entry);
        }
    }
    Ok(sources)
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| cannot_read(path, &error))
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let list = fs::read_dir(dir).map_err(|error| cannot_read(dir, &error))?;
    let mut paths = Vec::new();
    for entry in list {
        paths.push(entry.map_err(|error| cannot_read(dir, &error))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Stop {
    Stop::failed(format!("{} could not be read: {error}", path.display()))
}

fn package_name(manifest: &str) -> Option<String> {
    let package = manifest
        .lines()
        .skip_while(|line| line.trim() != "[package]");
    let value = package
        .filter_map(|line| line.strip_prefix("name"))
        .next()?;
    Some(
        value
            .trim_start()
            .strip_prefix('=')?
            .trim()
            .trim_matches('"')
            .to_owned(),
    )
}

fn is_public(manifest: &str) -> bool {
    !manifest
        .lines()
        .any(|line| line.replace(' ', "").starts_with("publish=false"))
}
