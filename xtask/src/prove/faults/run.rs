//! Running the program: undisturbed, traced, or with one call that fails.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::part::{Result, Stop};

/// How long a command may take. A busy machine needs a second.
const SECONDS_MAX: &str = "60";

/// A command of the program, with what it reads from standard input.
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    pub(super) arguments: Vec<String>,
    pub(super) input: Vec<u8>,
}

impl Invocation {
    pub(super) fn new(arguments: &str) -> Self {
        Self {
            arguments: arguments.split(' ').map(str::to_owned).collect(),
            input: Vec::new(),
        }
    }

    pub(super) fn reading(mut self, input: &str) -> Self {
        self.input = input.as_bytes().to_vec();
        self
    }
}

/// How the program ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// `None` if a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// What strace wrote.
    pub(super) trace: String,
}

/// The call that is to fail, in the terms of strace.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) name: String,
    pub(super) nth: usize,
    pub(super) error: &'static str,
}

impl Fault {
    /// The options of strace that make the call fail.
    pub(super) fn options(&self) -> [String; 4] {
        let Self { name, nth, error } = self;
        [
            "-e".to_owned(),
            format!("trace={name}"),
            "-e".to_owned(),
            format!("inject={name}:error={error}:when={nth}"),
        ]
    }
}

/// The program, and the directory that it works in.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) directory: PathBuf,
}

impl Program {
    pub(super) fn run(&self, invocation: &Invocation) -> Result<Ended> {
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", SECONDS_MAX]).arg(&self.path);
        self.finish(command, invocation, None)
    }

    /// Runs it under strace, which follows its threads and shows the paths of handles.
    pub(super) fn traced(&self, invocation: &Invocation, fault: Option<&Fault>) -> Result<Ended> {
        let trace = self.directory.with_extension("trace");
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", SECONDS_MAX, "strace", "-f", "-qq", "-o"]);
        command.arg(&trace);
        match fault {
            // With this option only the calls of this name stop the program.
            Some(fault) => command.arg("--seccomp-bpf").args(fault.options()),
            None => command.args(["-y", "-s", "64"]),
        };
        command.arg(&self.path);
        self.finish(command, invocation, Some(&trace))
    }

    /// Runs the program until its `nth` call of this name, and kills it there.
    pub(super) fn killed_at(&self, invocation: &Invocation, name: &str, nth: usize) -> Result {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o"]);
        command.arg(self.directory.with_extension("trace"));
        command.args([
            "-e",
            &format!("inject={name}:error=EIO:signal=KILL:when={nth}"),
        ]);
        command.arg(&self.path);
        let ended = self.finish(command, invocation, None)?;
        match ended.code {
            None => Ok(()),
            Some(code) => Err(Stop::failed(format!(
                "a program that was to be killed ended with exit code {code}: {}",
                ended.stderr.trim()
            ))),
        }
    }

    fn finish(
        &self,
        mut command: Command,
        invocation: &Invocation,
        trace: Option<&Path>,
    ) -> Result<Ended> {
        let cannot = |error: std::io::Error| Stop::failed(format!("`timeout`: {error}"));
        command
            .args(&invocation.arguments)
            .current_dir(&self.directory)
            .env_remove("STEADFAST_STORE")
            .env_remove("RUST_BACKTRACE")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(cannot)?;
        if let Some(mut stdin) = child.stdin.take() {
            // The input fits into the pipe. A program that ends without reading it is judged by its
            // exit code.
            let _ = stdin.write_all(&invocation.input);
        }
        let output = child.wait_with_output().map_err(cannot)?;
        let trace = trace.and_then(|trace| fs::read(trace).ok());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Ended {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            trace: text(&trace.unwrap_or_default()),
        })
    }
}
