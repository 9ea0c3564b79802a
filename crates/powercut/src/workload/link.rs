//! The lines that a workload's process says. It waits for an answer to each.

use std::io::{BufRead, Write};
use std::path::Path;

use nix::unistd::alarm;

use super::{Trouble, Workload};
use crate::disk::{Mark, MarkKind};
use crate::error::{Error, Result};

/// A session that takes longer than this hangs.
const SECONDS_MAX: u32 = 300;

/// A line of the workload's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Everything is prepared: what follows is to be recorded.
    Ready,
    /// Something was begun or acknowledged.
    Mark(Mark),
    /// Kill me, and start my next session.
    Kill,
    /// The end.
    Done,
}

impl Line {
    /// Reads a line.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let kind = match words.next()? {
            "ready" => return Some(Self::Ready),
            "kill" => return Some(Self::Kill),
            "done" => return Some(Self::Done),
            "begin" => MarkKind::Begun,
            "ack" => MarkKind::Acknowledged,
            _ => return None,
        };
        let unit = words.next()?.parse().ok()?;
        let count = words.next()?.parse().ok()?;
        Some(Self::Mark(Mark { unit, kind, count }))
    }
}

/// The end of the connection that the workload's process uses.
pub(crate) struct Link(());

impl Link {
    /// Everything is prepared.
    pub(crate) fn ready(&mut self) -> Result<(), Trouble> {
        self.say("ready")
    }

    /// `unit` is about to have `count` commits.
    pub(crate) fn begin(&mut self, unit: u32, count: u64) -> Result<(), Trouble> {
        self.say(&format!("begin {unit} {count}"))
    }

    /// `unit` was acknowledged to have `count` commits.
    pub(crate) fn acknowledge(&mut self, unit: u32, count: u64) -> Result<(), Trouble> {
        self.say(&format!("ack {unit} {count}"))
    }

    /// Asks to be killed.
    pub(crate) fn be_killed(&mut self) -> Result<(), Trouble> {
        self.say("kill")
    }

    fn say(&mut self, line: &str) -> Result<(), Trouble> {
        let mut output = std::io::stdout().lock();
        writeln!(output, "{line}")?;
        output.flush()?;
        let mut answer = String::new();
        if std::io::stdin().lock().read_line(&mut answer)? == 0 {
            return Err("nobody listens any more".into());
        }
        Ok(())
    }
}

/// Runs a session of `workload` in `directory`, and reports it on standard output.
///
/// # Errors
/// Any failure of the workload.
pub(crate) fn run(workload: Workload, session: u32, directory: &Path) -> Result<()> {
    alarm::set(SECONDS_MAX);
    let done = workload.run(&mut Link(()), directory, session);
    done.map_err(|trouble| broken(workload, trouble.to_string()))?;
    println!("done");
    Ok(())
}

/// A workload's own failure.
pub(crate) fn broken(workload: Workload, reason: String) -> Error {
    Error::Workload {
        workload: workload.name(),
        reason,
    }
}
