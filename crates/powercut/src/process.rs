//! A process of ours that talks with us line by line. It runs this same program, and ends when we do.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::error::{Result, failed};

/// This program, also where its file was replaced meanwhile.
const PROGRAM: &str = "/proc/self/exe";

/// The running process. Dropping it ends its input, and waits for it.
pub(crate) struct Process {
    child: Child,
    /// Taken to end it.
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts this program with other arguments. Keys that interrupt us do not reach it: it ends because we do.
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

    /// Says a line. That nobody hears it is noticed when no answer comes.
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

    /// Ends it the hard way.
    pub(crate) fn kill(&mut self) {
        // Where it has ended already, that is an error of no interest.
        let _ = self.child.kill();
    }

    /// Waits for its end: the reason, where it did not end well.
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
