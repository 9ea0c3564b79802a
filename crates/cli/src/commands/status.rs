//! `status`: what is there, and how it stands, without loading it.

use clap::Args;
use serde::Serialize;
use steadfast::{PersistenceError, StorageBackend as _, StoreStatus, Survives, blocking};

use super::verify::Damage;
use crate::backend::Backend;
use crate::failure::Failure;
use crate::output::{Facts, Tone};
use crate::place::Place;
use crate::{output, text};

/// The length of the log from which on a store takes snapshots by itself, in bytes, unless its
/// program says otherwise.
const SNAPSHOT_AFTER: u64 = 64 << 20;

/// A log that is so many times as long as one that makes a snapshot due has not met one that
/// worked.
const OVERDUE: u64 = 3;

/// What is looked at; the rest may be damaged.
const CHECKED: &str = "the newest manifest, the length of what it names, the headers of snapshots, the last log segment";

const AFTER_HELP: &str = "\
Examples:
  steadfast status
  steadfast status --json | jq .commit

Checks the newest manifest, that every file it names is there in its length, the
headers of the snapshots, and the last segment of the log; `steadfast verify`
checks every byte. Takes no lock and writes nothing: it works beside a program
that writes. Exit code 1 where it meets damage: the JSON object then says
\"sound\": false and what is damaged. \"checked\" says how far that goes.";

/// Show where a store is, what it survives, and how it stands
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Status {
    /// Print JSON; lengths are in bytes, ages in seconds
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    location: String,
    medium: String,
    survives: &'static str,
    sound: bool,
    /// What `sound` speaks of.
    checked: &'static str,
    /// Who has it open for writing, in words; null where nobody does.
    writer: Option<String>,
    commit: u64,
    manifest: u64,
    epoch: u64,
    segments: u64,
    log_bytes: u64,
    snapshots: Vec<Snapshot>,
    /// The age of the newest snapshot; null where there is none, or none that tells.
    snapshot_age_s: Option<u64>,
    snapshot_is_overdue: bool,
    files: u64,
    bytes: u64,
}

/// What there is to say of a damaged store.
#[derive(Serialize)]
struct Damaged {
    location: String,
    medium: String,
    sound: bool,
    checked: &'static str,
    writer: Option<String>,
    damage: Damage,
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
                    output::lines(answer.facts(status.survives).render())
                }
            }
            Err(damage @ (PersistenceError::Corrupt { .. } | PersistenceError::Missing { .. })) => {
                let told = if self.json {
                    output::json(&Damaged::new(&backend, &damage))
                } else {
                    output::lines(damaged(&backend).render())
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
        let due_after = status.snapshots.last().map_or(0, |snapshot| snapshot.len);
        let due_after = due_after.max(SNAPSHOT_AFTER);
        Ok(Self {
            location: status.location.clone(),
            medium: backend.medium().to_owned(),
            survives: name(status.survives),
            sound: true,
            checked: CHECKED,
            writer: backend.writer(),
            commit: status.lsn.get(),
            manifest: status.manifest.get(),
            epoch: status.epoch.get(),
            segments: status.segments,
            log_bytes: status.log_len,
            snapshots: snapshots.collect(),
            snapshot_age_s: backend.snapshot_age().map(|age| age.as_secs()),
            snapshot_is_overdue: status.log_len > due_after.saturating_mul(OVERDUE),
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
        facts.add("writer", writer(self.writer.as_deref()));
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
        if self.snapshot_is_overdue {
            facts.mark(
                Tone::Bad,
                "overdue",
                "a snapshot: the program that writes takes none, or they fail; `steadfast snapshot` takes one and \
                 says what is wrong",
            );
        }
        facts.mark(
            Tone::Good,
            "health",
            "every file is there, and the last log segment is sound (`steadfast verify` checks every byte)",
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
            let mut described: Vec<_> = self.snapshots.iter().rev().map(describe).collect();
            if let (Some(newest), Some(age_s)) = (described.first_mut(), self.snapshot_age_s) {
                newest.push_str(&format!(", {} old", text::age(age_s)));
            }
            described.join("; ")
        }
    }
}

impl Damaged {
    fn new(backend: &Backend, damage: &PersistenceError) -> Self {
        Self {
            location: backend.location(),
            medium: backend.medium().to_owned(),
            sound: false,
            checked: CHECKED,
            writer: backend.writer(),
            damage: Damage::new(damage),
        }
    }
}

fn writer(writer: Option<&str>) -> String {
    writer.map_or_else(
        || "nobody has it open for writing".to_owned(),
        |writer| format!("{writer} has it open"),
    )
}

fn damaged(backend: &Backend) -> Facts {
    let mut facts = Facts::default();
    facts.add("store", backend.location());
    facts.add("on", backend.medium());
    facts.add("writer", writer(backend.writer().as_deref()));
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
