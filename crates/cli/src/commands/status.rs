//! `status`: what is there, and how it stands, without loading it.

use clap::Args;
use serde::Serialize;
use steadfast::{PersistenceError, StorageBackend as _, StoreStatus, Survives, blocking};

use crate::backend::Backend;
use crate::failure::Failure;
use crate::output::{Facts, Tone};
use crate::place::Place;
use crate::{output, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast status
  steadfast status --json | jq .commit

Reads the newest manifest and the end of the log, and nothing else;
`steadfast verify` checks every byte. Takes no lock and writes nothing: it
works beside a program that writes. Exit code 1 where it meets damage.";

/// Show where a store is, what it survives, and how it stands
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Status {
    /// Print JSON; lengths are in bytes
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    location: String,
    medium: String,
    survives: &'static str,
    commit: u64,
    manifest: u64,
    epoch: u64,
    segments: u64,
    log_bytes: u64,
    snapshots: Vec<Snapshot>,
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Snapshot {
    commit: u64,
    bytes: u64,
}

impl Status {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let backend = place.open_to_read()?;
        match blocking::status(&backend) {
            Ok(status) => {
                let answer = Answer::new(&backend, &status)?;
                if self.json {
                    output::json(&answer)
                } else {
                    output::lines(&answer.facts(status.survives).render())
                }
            }
            Err(damage @ (PersistenceError::Corrupt { .. } | PersistenceError::Missing { .. })) => {
                let told = if self.json {
                    Ok(())
                } else {
                    output::lines(&damaged(&backend).render())
                };
                output::verdict(Err(Failure::no(damage.to_string())), told)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Answer {
    fn new(backend: &Backend, status: &StoreStatus) -> Result<Self, PersistenceError> {
        let streams = blocking::Backend::new(backend.clone()).list("")?;
        let snapshots = status.snapshots.iter().map(|snapshot| Snapshot {
            commit: snapshot.lsn.get(),
            bytes: snapshot.len,
        });
        Ok(Self {
            location: status.location.clone(),
            medium: backend.medium().to_owned(),
            survives: name(status.survives),
            commit: status.lsn.get(),
            manifest: status.manifest.get(),
            epoch: status.epoch.get(),
            segments: status.segments,
            log_bytes: status.log_len,
            snapshots: snapshots.collect(),
            files: streams.len() as u64,
            bytes: streams.iter().map(|stream| stream.len).sum(),
        })
    }

    fn facts(&self, survives: Survives) -> Facts {
        let mut facts = Facts::default();
        facts.add(
            "store",
            format!(
                "{} ({} in {})",
                self.location,
                text::size(self.bytes),
                text::count(self.files, "file")
            ),
        );
        facts.add("on", self.medium.clone());
        let tone = if survives == Survives::PowerLoss {
            Tone::Good
        } else {
            Tone::Bad
        };
        facts.mark(tone, "survives", survival(survives));
        facts.add("commits", text::number(self.commit));
        facts.add(
            "opened",
            format!("{} for writing", text::count(self.epoch, "time")),
        );
        facts.add(
            "log",
            format!(
                "{} since the last snapshot; {} kept",
                text::size(self.log_bytes),
                text::count(self.segments, "segment")
            ),
        );
        facts.add("snapshots", self.snapshots());
        facts.mark(
            Tone::Good,
            "health",
            "the manifest and the end of the log are sound (`steadfast verify` checks every byte)",
        );
        facts
    }

    fn snapshots(&self) -> String {
        let describe = |snapshot: &Snapshot| {
            format!(
                "as of commit {} ({})",
                text::number(snapshot.commit),
                text::size(snapshot.bytes)
            )
        };
        if self.snapshots.is_empty() {
            "none yet".to_owned()
        } else {
            let described: Vec<_> = self.snapshots.iter().rev().map(describe).collect();
            described.join(", ")
        }
    }
}

fn damaged(backend: &Backend) -> Facts {
    let mut facts = Facts::default();
    facts.add("store", backend.location());
    facts.add("on", backend.medium());
    facts.mark(
        Tone::Bad,
        "health",
        "damaged: `steadfast verify` lists everything that is wrong",
    );
    facts
}

fn survival(survives: Survives) -> &'static str {
    match survives {
        Survives::PowerLoss => "a power cut, and every lesser crash",
        Survives::ProcessCrash => "a crash of the program, but not a power cut",
        Survives::Nothing => "nothing: it is gone when the program ends",
    }
}

/// The same for a script.
fn name(survives: Survives) -> &'static str {
    match survives {
        Survives::PowerLoss => "power_loss",
        Survives::ProcessCrash => "process_crash",
        Survives::Nothing => "nothing",
    }
}
