//! Windows programs on Linux.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::part::{Result, Stop};
use crate::process;
use crate::workspace::Workspace;

/// The linker for Windows programs.
pub const LINKER: &str = "x86_64-w64-mingw32-gcc";
const PACKAGES: [&str; 3] = ["gcc-mingw-w64-x86-64", "wine", "wine64"];
const LOADERS: [&str; 3] = ["/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine"];
const SERVERS: [&str; 3] = [
    "/usr/lib/wine/wineserver64",
    "/usr/lib/wine/wineserver",
    "/usr/bin/wineserver",
];
/// A test program that hangs must not hang the run.
const PROGRAM_SECONDS_MAX: &str = "600";
const RANDOM_SHIM: &str = include_str!("bcryptprimitives.c");

/// An installed wine with a Windows of its own in the build directory.
#[derive(Debug)]
pub struct Wine {
    loader: &'static str,
    prefix: PathBuf,
    shim_dir: PathBuf,
}

impl Wine {
    /// Wine and the linker, which are installed if necessary.
    pub fn ensure(workspace: &Workspace) -> Result<Self> {
        let has_linker = process::attempt(Command::new(LINKER).arg("--version")).is_some();
        if !has_linker || existing(&LOADERS).is_none() {
            apt::ensure(&PACKAGES)?;
        }
        let loader = existing(&LOADERS).ok_or_else(|| {
            Stop::failed(format!(
                "wine is installed, but none of its programs is: {}",
                LOADERS.join(", ")
            ))
        })?;
        let prefix = workspace.target_dir.join("wine").join("prefix");
        let shim_dir = workspace.target_dir.join("wine").join("shim");
        for dir in [&prefix, &shim_dir] {
            create_dir(dir)?;
        }
        build_shim(workspace, &shim_dir)?;
        Ok(Self {
            loader,
            prefix,
            shim_dir,
        })
    }

    /// Makes a cargo command link Windows programs and run them.
    pub fn equip(&self, cargo: &mut Command) {
        let runner = format!("timeout {PROGRAM_SECONDS_MAX} {}", self.loader);
        cargo
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", LINKER)
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", runner);
        self.set_environment(cargo);
    }

    /// Ends the Windows that the programs ran in, which would otherwise run on for a while.
    pub fn stop(&self, workspace: &Workspace) {
        if let Some(server) = existing(&SERVERS) {
            let mut command = workspace.command(server);
            self.set_environment(&mut command);
            // There may be nothing left to end.
            let _ = process::attempt(command.arg("-k"));
        }
    }

    fn set_environment(&self, command: &mut Command) {
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEPATH", &self.shim_dir)
            .env("WINEDEBUG", "-all")
            // Wine must not ask to install its parts for .NET and web pages.
            .env("WINEDLLOVERRIDES", "mscoree=;mshtml=")
            .env_remove("DISPLAY");
    }
}

/// Builds the DLL. Programs find it through the PATH, and only if wine has none of its own.
fn build_shim(workspace: &Workspace, dir: &Path) -> Result {
    let source = dir.join("bcryptprimitives.c");
    fs::write(&source, RANDOM_SHIM).map_err(|error| {
        Stop::failed(format!(
            "{} could not be written: {error}",
            source.display()
        ))
    })?;
    let mut compiler = workspace.command(LINKER);
    compiler
        .args(["-shared", "-O2", "-o"])
        .arg(dir.join("bcryptprimitives.dll"))
        .arg(&source)
        .arg("-ladvapi32");
    process::capture(&mut compiler).map(|_said| ())
}

fn create_dir(dir: &Path) -> Result {
    fs::create_dir_all(dir)
        .map_err(|error| Stop::failed(format!("{} could not be created: {error}", dir.display())))
}

fn existing(paths: &[&'static str]) -> Option<&'static str> {
    paths.iter().copied().find(|path| Path::new(path).is_file())
}
