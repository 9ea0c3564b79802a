//! `inspect`: the bytes of a store, explained.

mod json;
mod whole;

use clap::Args;
use serde_json::Value;
use steadfast::{Contents, Inspection, PersistenceError, blocking};

use super::is_damage;
use crate::failure::Failure;
use crate::output::{Columns, Side};
use crate::page::Page;
use crate::place::Place;
use crate::{output, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast inspect                         every file, and what it holds
  steadfast inspect wal/0000000000000001    one file, commit by commit
  steadfast inspect --json

Exit codes: 0 also where a file is shown to be damaged, 1 there is no such file,
4 there is no such store, or a file cannot be read.
Takes no lock and writes nothing. The formats are described byte by byte in
the project's docs/format.md.";

/// Explain the bytes of the store, file by file
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Inspect {
    /// The name of one file, as `inspect` lists it; all of it is explained
    key: Option<String>,

    /// Print JSON; lengths and offsets are in bytes
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let backend = place.open_to_read()?;
        // Says clearly that there is no store; what is wrong with one is explained below.
        if let Err(error) = blocking::status(&backend) {
            let is_absent = matches!(
                error,
                PersistenceError::NoStore { .. } | PersistenceError::NotAStore { .. }
            );
            if is_absent {
                return Err(error.into());
            }
        }
        let mut inspections = blocking::inspect(&backend)?;
        if let Some(wanted) = &self.key {
            inspections.retain(|inspection| inspection.key.as_str() == wanted);
            if inspections.is_empty() {
                return Err(Failure::no(format!(
                    "there is no `{wanted}` in {place}: `steadfast inspect` lists what there is"
                )));
            }
        }
        let told = if self.json {
            let explained: Vec<Value> = inspections.iter().map(json::describe).collect();
            output::json(&explained)
        } else if self.key.is_some() {
            let mut explained = Page::default();
            for inspection in &inspections {
                explained.push_page(&whole::describe(inspection));
            }
            output::lines(explained)
        } else {
            output::lines(table(&inspections))
        };
        output::verdict(ensure_readable(&inspections), told)
    }
}

/// Damage is explained as anything else; what could not be read could not be explained.
fn ensure_readable(inspections: &[Inspection]) -> Result<(), Failure> {
    let mut errors = inspections
        .iter()
        .filter_map(|it| it.contents.as_ref().err());
    match errors.find(|error| !is_damage(error)) {
        Some(error) => Err(Failure::from(error.clone())),
        None => Ok(()),
    }
}

/// What is wrong with a file that has no contents to explain.
fn fault(error: &PersistenceError) -> &'static str {
    if is_damage(error) {
        "damaged"
    } else {
        "unreadable"
    }
}

/// A line for each file.
fn table(inspections: &[Inspection]) -> Page {
    let mut columns = Columns::new([
        ("FILE", Side::Left),
        ("BYTES", Side::Right),
        ("HOLDS", Side::Left),
    ]);
    for inspection in inspections {
        columns.row([
            inspection.key.to_string(),
            text::number(inspection.len),
            summary(inspection),
        ]);
    }
    columns.render()
}

fn summary(inspection: &Inspection) -> String {
    match &inspection.contents {
        Err(error) => format!("{}: {error}", fault(error)),
        Ok(Contents::Manifest {
            epoch,
            snapshots,
            segments,
            ..
        }) => format!(
            "manifest of writer {epoch}: {}, {}",
            text::count(snapshots.len() as u64, "snapshot"),
            text::count(segments.len() as u64, "segment"),
        ),
        Ok(Contents::Segment {
            epoch,
            merged,
            first_lsn,
            frames,
            torn_len,
        }) => {
            let kind = if *merged { "merged segment" } else { "segment" };
            let commits = match frames.last() {
                None => format!("empty, the next commit is {first_lsn}"),
                Some(last) if last.lsn == *first_lsn => format!("commit {first_lsn}"),
                Some(last) => format!("commits {first_lsn} to {}", last.lsn),
            };
            let torn = if *torn_len > 0 {
                format!(", and a torn tail of {}", text::count(*torn_len, "byte"))
            } else {
                String::new()
            };
            format!("{kind} of writer {epoch}: {commits}{torn}")
        }
        Ok(Contents::Snapshot { lsn, state, .. }) => {
            format!("snapshot of `{state}` as of commit {lsn}")
        }
        Ok(_) => "not the store's".to_owned(),
    }
}
