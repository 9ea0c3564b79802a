//! `verify`: every byte against its checksum, and every record decoded.

use clap::Args;
use serde::Serialize;
use steadfast::{Kv, PersistenceError, VerifyReport, blocking};

use super::{Store, is_damage};
use crate::failure::Failure;
use crate::output::{Facts, Tone};
use crate::place::Place;
use crate::{output, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast verify
  steadfast verify --json | jq .damage

Takes no lock and writes nothing: it works beside a program that writes.
What a crash left of a commit that was never acknowledged is no damage.
Exit codes: 0 everything is sound, 1 something is damaged or missing: each
place is named, with the byte; 4 something could not be read, which says
nothing about damage. The code is the same where nobody reads the answer.";

/// Check every checksum of the store
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Verify {
    /// Print JSON; lengths are in bytes
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    sound: bool,
    damage: Vec<Damage>,
    manifests: u64,
    snapshots: u64,
    segments: u64,
    commits: u64,
    bytes: u64,
    last_commit: u64,
    /// Absent where the records were not read: the store is damaged, or another program's.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    torn: Option<Torn>,
    foreign: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Damage {
    file: Option<String>,
    offset: Option<u64>,
    description: String,
}

#[derive(Serialize)]
struct Torn {
    file: String,
    offset: u64,
    bytes: u64,
}

/// What came of decoding the records.
enum Decoded {
    Records(u64),
    /// The store keeps a type of another program.
    Other(String),
    Not,
}

impl Verify {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let backend = place.open_to_read()?;
        let mut report = blocking::verify(&backend).map_err(no_verdict)?;
        let decoded = if report.is_sound() {
            match Store::load(&backend).map(|(kv, _): (Kv, _)| kv.len()) {
                Ok(records) => Decoded::Records(records as u64),
                Err(PersistenceError::WrongState { found, .. }) => Decoded::Other(found),
                Err(error) if is_damage(&error) => {
                    report.damage.push(error);
                    Decoded::Not
                }
                Err(error) => return Err(no_verdict(error)),
            }
        } else {
            Decoded::Not
        };
        let told = if self.json {
            output::json(&Answer::new(&report, &decoded))
        } else {
            output::lines(facts(place, &report, &decoded).render())
        };
        let verdict = match report.damage.len() as u64 {
            0 => Ok(()),
            many => Err(Failure::no(format!(
                "{place} has {}: restore a backup, or put back what is missing",
                text::count(many, "fault"),
            ))),
        };
        output::verdict(verdict, told)
    }
}

/// What ends the check before it knows: an absent store, or a read that fails.
fn no_verdict(error: PersistenceError) -> Failure {
    let is_passing = matches!(
        error,
        PersistenceError::Io { .. } | PersistenceError::PermissionDenied { .. }
    );
    let failure = Failure::from(error);
    if is_passing {
        failure.and("whether the store is sound is unknown: mend that, then verify again")
    } else {
        failure
    }
}

impl Answer {
    fn new(report: &VerifyReport, decoded: &Decoded) -> Self {
        Self {
            sound: report.is_sound(),
            damage: report.damage.iter().map(Damage::new).collect(),
            manifests: report.manifests,
            snapshots: report.snapshots,
            segments: report.segments,
            commits: report.commits,
            bytes: report.bytes,
            last_commit: report.lsn.get(),
            records: match decoded {
                Decoded::Records(records) => Some(*records),
                Decoded::Other(_) | Decoded::Not => None,
            },
            torn: report.torn.as_ref().map(|torn| Torn {
                file: torn.key.to_string(),
                offset: torn.offset,
                bytes: torn.len,
            }),
            foreign: report.foreign.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Damage {
    pub(super) fn new(error: &PersistenceError) -> Self {
        let (file, offset) = match error {
            PersistenceError::Corrupt { key, offset, .. } => (Some(key), Some(*offset)),
            PersistenceError::Missing { key, .. } | PersistenceError::NewerFormat { key, .. } => {
                (Some(key), None)
            }
            _ => (None, None),
        };
        Self {
            file: file.map(ToString::to_string),
            offset,
            description: description(error),
        }
    }
}

/// The ends of the sentences that tell of damage.
const REMEDIES: [&str; 2] = [
    "; restore a backup or run `verify`",
    "; put it back or restore a backup",
];

/// What is damaged, without the remedy: that comes once, with the verdict.
fn description(error: &PersistenceError) -> String {
    let sentence = error.to_string();
    let mut without = REMEDIES
        .iter()
        .filter_map(|remedy| sentence.strip_suffix(remedy));
    without.next().unwrap_or(&sentence).to_owned()
}

fn facts(place: &Place, report: &VerifyReport, decoded: &Decoded) -> Facts {
    let mut facts = Facts::default();
    facts.add("store", place.to_string());
    facts.add(
        "checked",
        format!(
            "{}, {}, {}: {}",
            text::count(report.manifests, "manifest"),
            text::count(report.snapshots, "snapshot"),
            text::count(report.segments, "segment"),
            text::size(report.bytes),
        ),
    );
    facts.add("last commit", text::number(report.lsn.get()));
    match decoded {
        Decoded::Records(records) => facts.add("records", text::number(*records)),
        Decoded::Other(state) => facts.add(
            "records",
            format!("not decoded: they are `{state}`, a type of another program"),
        ),
        Decoded::Not => {}
    }
    if let Some(torn) = &report.torn {
        facts.add(
            "torn tail",
            format!(
                "{} of `{}` behind byte {}: a commit that was cut short and never acknowledged",
                text::count(torn.len, "byte"),
                torn.key,
                torn.offset,
            ),
        );
    }
    for key in &report.foreign {
        facts.add("not the store's", format!("`{key}`"));
    }
    for damage in &report.damage {
        facts.mark(Tone::Bad, "damage", description(damage));
    }
    if report.is_sound() {
        facts.mark(Tone::Good, "health", "sound: every checksum fits");
    } else {
        facts.mark(Tone::Bad, "health", "damaged");
    }
    facts
}
