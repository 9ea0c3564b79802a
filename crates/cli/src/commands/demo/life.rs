//! One writer: this program itself, started as anybody would start it, fed, listened to, and
//! killed.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::plan::Plan;
use crate::failure::Failure;
use crate::records::write_record;

/// After how many bytes of log the writer takes a snapshot: few, so that kills hit snapshots.
const SNAPSHOT_AFTER: &str = "8192";

/// A writer that is running.
pub(super) struct Life {
    child: Child,
    acks: BufReader<ChildStdout>,
    /// Keeps the input of a writer that is to be killed open: such a writer waits for more and does
    /// not end by itself.
    feeder: JoinHandle<Option<ChildStdin>>,
    started: Instant,
}

/// How a writer ended.
pub(super) struct Ending {
    /// How many records it acknowledged, the last ones perhaps after the kill was decided.
    pub(super) acknowledged: u64,
    /// Whether it was killed; otherwise it had finished.
    pub(super) was_killed: bool,
    /// The time from its start to its first acknowledgement.
    pub(super) ready_after: Option<Duration>,
    /// The time from its first acknowledgement to the last one that was waited for, and the number
    /// of records between.
    pub(super) pace: Option<(Duration, u64)>,
}

impl Life {
    /// Starts a writer.
    pub(super) fn begin(store: &Path, plan: &Plan, ledger: &Ledger) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|error| cannot_start(&error))?;
        let mut command = Command::new(program);
        command.arg("--store").arg(store);
        match plan {
            Plan::Snapshot { .. } => command.arg("snapshot"),
            Plan::Opening { .. } | Plan::Saving { .. } | Plan::Finish => command
                .args(["import", "-", "--acks", "--snapshot-after", SNAPSHOT_AFTER])
                .arg(format!("--batch={}", plan.batch())),
        };
        let records = match plan {
            Plan::Opening { .. } | Plan::Snapshot { .. } => 0,
            Plan::Saving { records, .. } => usize::try_from(*records).unwrap_or(usize::MAX),
            Plan::Finish => usize::MAX,
        };
        let mut lines = Vec::new();
        for (key, value) in ledger.rest().iter().take(records) {
            // Writing to memory does not fail.
            let _ = write_record(&mut lines, key, value);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().map_err(|error| cannot_start(&error))?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::store("the writer has no input or output"));
        };
        let is_doomed = *plan != Plan::Finish;
        let feeder = std::thread::spawn(move || {
            use std::io::Write as _;
            // Fails when the writer is killed, which is intended.
            let _ = input.write_all(&lines);
            is_doomed.then_some(input)
        });
        Ok(Self {
            child,
            acks: BufReader::new(output),
            feeder,
            started,
        })
    }

    /// Follows the plan to its end.
    pub(super) fn end(mut self, plan: &Plan) -> Result<Ending, Failure> {
        let mut acknowledged = 0;
        let mut ready_after = None;
        let mut pace = None;
        match plan {
            Plan::Opening { after } | Plan::Snapshot { after } => std::thread::sleep(*after),
            Plan::Saving { acks, after, .. } => {
                while acknowledged < *acks {
                    let Some(number) = self.next_ack()? else {
                        break;
                    };
                    let now = self.started.elapsed();
                    let first = *ready_after.get_or_insert(now);
                    pace = Some((now.saturating_sub(first), number.saturating_sub(1)));
                    acknowledged = number;
                }
                std::thread::sleep(*after);
            }
            Plan::Finish => {}
        }
        if *plan != Plan::Finish {
            // Fails if the writer has ended already; its status tells.
            let _ = self.child.kill();
        }
        // Acknowledgements from before its death count.
        while let Some(number) = self.next_ack()? {
            acknowledged = number;
        }
        drop(self.feeder.join());
        let status = self.child.wait().map_err(|error| {
            Failure::store(format!("could not wait for the end of the writer: {error}"))
        })?;
        let was_killed = match status.code() {
            Some(0) => false,
            // No code on Unix; on Windows the one that a kill gives.
            None | Some(1) => true,
            Some(_) => {
                let mut said = String::new();
                if let Some(mut errors) = self.child.stderr.take() {
                    // If it cannot be read, the message goes without it.
                    let _ = errors.read_to_string(&mut said);
                }
                return Err(Failure::store(format!(
                    "the writer ended by itself: {}",
                    said.trim()
                )));
            }
        };
        Ok(Ending {
            acknowledged,
            was_killed,
            ready_after,
            pace,
        })
    }

    /// The number in the next line; `None` at the end. A line without its line feed does not count.
    fn next_ack(&mut self) -> Result<Option<u64>, Failure> {
        loop {
            let mut line = String::new();
            let read = self.acks.read_line(&mut line);
            read.map_err(|error| {
                Failure::store(format!("could not listen to the writer: {error}"))
            })?;
            let Some(whole) = line.strip_suffix('\n') else {
                return Ok(None);
            };
            if let Some(number) = whole.strip_prefix("ack ") {
                let number = number.parse();
                return number.map(Some).map_err(|_| {
                    Failure::store(format!("the writer said `{whole}`, which is no ack"))
                });
            }
        }
    }
}

fn cannot_start(error: &std::io::Error) -> Failure {
    Failure::store(format!("could not start a writer: {error}"))
}
