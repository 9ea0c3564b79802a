//! `backup`: a copy of a store, also of one that is being written.

use clap::Args;
use serde_json::json;
use steadfast::{CopyReport, FileBackend, Lsn, PersistenceError, blocking};

use crate::failure::Failure;
use crate::place::{Place, is_below};
use crate::wait::Wait;
use crate::{output, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast backup /mnt/backups/monday
  steadfast --store /mnt/backups/monday get planet    a store as any

The store may be in use: all that was acknowledged before the backup began is
in it. It holds every commit from its oldest snapshot on, where there is one:
`restore --at` reaches back that far. Every checksum of the copy is checked at
the end. A backup that was cut short says so when it is used; run it again to
the same place.";

/// Copy the store to a new place, also while another program writes it
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Backup {
    /// Where to: a new or empty place
    #[arg(value_name = "DEST", value_parser = Place::argument())]
    destination: Place,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(crate) fn run(self, place: &Place, wait: Wait) -> Result<(), Failure> {
        let report = copy(place, &self.destination, None, wait, Failure::from)?;
        tell(&report, "copied", &self.destination, self.json)
    }
}

/// Copies a store. `explain` says what is wrong with a source that is none. Nothing is made at the
/// destination before the source is known to be a store.
pub(super) fn copy(
    source: &Place,
    destination: &Place,
    until: Option<Lsn>,
    wait: Wait,
    explain: fn(PersistenceError) -> Failure,
) -> Result<CopyReport, Failure> {
    let from = source.open_to_read_or(explain)?;
    // What else may be wrong with it, the copy finds.
    if let Err(error @ (PersistenceError::NoStore { .. } | PersistenceError::NotAStore { .. })) =
        blocking::status(&from)
    {
        return Err(explain(error));
    }
    if is_below(destination, source) {
        return Err(Failure::usage(format!(
            "{destination} is inside of the store {source}: a copy is kept in a place of its own"
        )));
    }
    // A copy that was cut short is there to be finished.
    let is_taken = match destination {
        Place::Directory(path) => FileBackend::open_read_only(path)
            .and_then(|backend| blocking::Backend::new(backend).list(""))
            .is_ok_and(|entries| {
                let mut keys = entries.iter().map(|entry| entry.key.as_str());
                keys.clone().any(|key| key.starts_with("manifest/"))
                    && keys.all(|key| key != "unfinished-copy")
            }),
        Place::Memory => false,
    };
    let taken = || {
        Failure::store(format!(
            "there is a store at {destination} already: choose a new or empty place"
        ))
    };
    if is_taken {
        return Err(taken());
    }
    let to = destination.open_to_write(wait)?;
    blocking::copy_store(&from, &to, until).map_err(|error| match error {
        // Another copy to this place was quicker, or a marker stands beside it that is not about
        // it.
        PersistenceError::AlreadyExists { .. } => taken(),
        other => other.into(),
    })
}

/// Says what was copied.
pub(super) fn tell(
    report: &CopyReport,
    done: &str,
    destination: &Place,
    json: bool,
) -> Result<(), Failure> {
    let told = if json {
        output::json(&json!({
            "last_commit": report.lsn.get(),
            "bytes": report.bytes,
            "verified": report.verified.is_sound(),
        }))
    } else {
        output::lines(format!(
            "{done} {} to {destination}: everything up to commit {}; every checksum of the copy fits\n",
            text::size(report.bytes),
            text::number(report.lsn.get()),
        ))
    };
    if matches!(destination, Place::Memory) {
        output::note("the copy was in memory only, and is gone now");
    }
    told.map_err(|failure| failure.and(format!("the store is {done} to {destination}, whole")))
}
