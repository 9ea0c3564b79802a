//! A child process that talks with this one line by line. It runs this same program, and ends when
//! this one does.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::error::{Result, failed};

/// The file of this program, also if the file was replaced meanwhile.
const PROGRAM: &str = "/proc/self/exe";

/// A running process. Dropping it closes its input, and waits for it to end.
pub(crate) struct Process {
    child: Child,
    /// Taken to end it.
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts this program with other arguments. Keys that interrupt this process do not reach it:
    /// it ends because this process does.
    pub(crate) fn start<A: AsRef<OsStr>>(arguments: &[A]) -> Result<Self> {
        let program = Path::new(PROGRAM);
        let mut child = Command::new(program)
            .args(arguments)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed("run", program))?;
        Ok(Self {
            input: child.stdin.take(),
            output: child.stdout.take().map(BufReader::new),
            child,
        })
    }

    /// Says a line. If nobody reads it, that is noticed when no answer comes.
    pub(crate) fn say(&mut self, line: &str) {
        if let Some(input) = &mut self.input {
            let _ = writeln!(input, "{line}");
        }
    }

    /// The next line; `None` where the process has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        let len = self.output.as_mut()?.read_line(&mut line).ok()?;
        line.truncate(line.trim_end().len());
        (len > 0).then_some(line)
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        // The only error is that it has ended already.
        let _ = self.child.kill();
    }

    /// Waits for its end. Returns the reason if it failed.
    pub(crate) fn end(&mut self) -> Option<String> {
        self.input = None;
        let mut reason = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            let _ = errors.read_to_string(&mut reason);
        }
        match self.child.wait() {
            Ok(status) if status.success() => None,
            Ok(status) => Some(format!("{} ({status})", reason.trim())),
            Err(error) => Some(error.to_string()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
