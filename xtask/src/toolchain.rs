//! Compilers for other systems.
//!
//! The normal way is `rustup target add`. If rustup is missing or cannot reach its server, Debian's
//! own compiler builds the standard library of the target from source (`-Zbuild-std`). It uses a
//! build directory of its own, because its version differs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::console::say;
use crate::part::{Result, Stop};
use crate::process;
use crate::workspace::Workspace;

const DEBIAN_PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "libstd-rust-web-dev",
    "rust-web-src",
    "lld",
];
/// Long enough for a slow line. Shorter than rustup's own wait for a server that never answers.
const RUSTUP_SECONDS_MAX: &str = "300";

/// A compiler that can build for a target.
#[derive(Debug)]
pub struct Toolchain<'w> {
    workspace: &'w Workspace,
    target: &'static str,
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Rustup,
    Debian,
}

impl<'w> Toolchain<'w> {
    /// The toolchain for a target, which is installed if necessary.
    pub fn ensure(workspace: &'w Workspace, target: &'static str) -> Result<Self> {
        if !cfg!(target_os = "linux") {
            return Err(Stop::skipped(format!("{target} is built on Linux only")));
        }
        if !workspace.distribution_compiler
            && (has_target(workspace, target) || add_target(workspace, target))
        {
            return Ok(Self {
                workspace,
                target,
                origin: Origin::Rustup,
            });
        }
        say(&format!("{target} is built with Debian's compiler"));
        apt::ensure(&DEBIAN_PACKAGES).map_err(|stop| with_rustup_hint(stop, target))?;
        Ok(Self {
            workspace,
            target,
            origin: Origin::Debian,
        })
    }

    /// A cargo command for the target. `panic` is the panic runtime that its programs use.
    pub fn cargo(&self, subcommand: &str, panic: PanicRuntime) -> Command {
        let mut command = match self.origin {
            Origin::Rustup => {
                let mut cargo = self.workspace.cargo(subcommand);
                cargo.env("CARGO_TARGET_DIR", &self.workspace.target_dir);
                cargo
            }
            Origin::Debian => self.debian_cargo(subcommand),
        };
        if self.origin == Origin::Debian {
            command.arg(format!("-Zbuild-std=std,{}", panic.crate_name()));
        }
        command.args(["--target", self.target]);
        command
    }

    /// Checks that a library of the workspace gives no warning, with clippy if there is one, else
    /// with the compiler.
    pub fn lint(&self, package: &str, features: &[&str]) -> Command {
        let subcommand = match self.origin {
            Origin::Rustup => "clippy",
            // Debian has no clippy for its compiler of other systems.
            Origin::Debian => "rustc",
        };
        let mut lint = self.cargo(subcommand, PanicRuntime::Abort);
        lint.args(["--package", package, "--lib", "--features"])
            .arg(features.join(","))
            .args(["--", "-D", "warnings"]);
        lint
    }

    /// Where its commands put what they build in the debug profile.
    pub fn output_dir(&self) -> PathBuf {
        let target_dir = match self.origin {
            Origin::Rustup => self.workspace.target_dir.clone(),
            Origin::Debian => self.debian_target_dir(),
        };
        target_dir.join(self.target).join("debug")
    }

    fn debian_target_dir(&self) -> PathBuf {
        self.workspace.target_dir.join("distribution-compiler")
    }

    fn debian_cargo(&self, subcommand: &str) -> Command {
        let mut command = self.workspace.command("/usr/bin/cargo");
        command
            .arg(subcommand)
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTDOC", "/usr/bin/rustdoc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
                "/usr/bin/wasm-ld",
            )
            .env("CARGO_TARGET_DIR", self.debian_target_dir())
            .env_remove("CARGO")
            .env_remove("RUSTUP_TOOLCHAIN");
        command
    }
}

/// What happens on a panic in a program for the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanicRuntime {
    /// The program ends.
    Abort,
    /// The stack is unwound, as a test harness needs it.
    Unwind,
}

impl PanicRuntime {
    fn crate_name(self) -> &'static str {
        match self {
            Self::Abort => "panic_abort",
            Self::Unwind => "panic_unwind",
        }
    }
}

fn has_target(workspace: &Workspace, target: &str) -> bool {
    let mut rustc = workspace.command("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]);
    let library_dir = process::attempt(&mut rustc).map(|line| PathBuf::from(line.trim()));
    library_dir.is_some_and(|dir| holds_a_library(&dir))
}

fn holds_a_library(dir: &Path) -> bool {
    let Ok(mut entries) = dir.read_dir() else {
        return false;
    };
    entries.any(|entry| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn add_target(workspace: &Workspace, target: &str) -> bool {
    say(&format!("$ rustup target add {target}"));
    let mut rustup = workspace.command("timeout");
    rustup.args([RUSTUP_SECONDS_MAX, "rustup", "target", "add", target]);
    process::attempt(&mut rustup).is_some() && has_target(workspace, target)
}

fn with_rustup_hint(stop: Stop, target: &str) -> Stop {
    match stop {
        Stop::Skipped(sentence) => Stop::Skipped(format!(
            "`rustup target add {target}` did not work, and without it {sentence}"
        )),
        failed @ Stop::Failed(_) => failed,
    }
}
