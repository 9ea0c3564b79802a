//! `restore`: a store from a backup, or from an earlier point of another store.

use clap::Args;
use steadfast::{Lsn, blocking};

use super::backup::{copy, tell};
use crate::failure::Failure;
use crate::place::Place;
use crate::text;
use crate::wait::Wait;

const AFTER_HELP: &str = "\
Examples:
  steadfast restore /mnt/backups/monday
  steadfast --store ./before restore ./data.steadfast --at 41

The first makes ./data.steadfast, which must be new or empty; the second makes
./before as the store was after commit 41. A store goes back at least to the
older of its two snapshots, and a backup to the oldest snapshot that it holds;
`steadfast inspect` lists the commits in the log. The source is only read.";

/// Bring a store back from a backup, or to an earlier point
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Restore {
    /// The backup, or any other store
    #[arg(value_name = "SRC", value_parser = Place::argument())]
    source: Place,

    /// The last commit to bring back  [default: all of them]
    #[arg(long, value_name = "COMMIT", value_parser = commit)]
    at: Option<u64>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub(crate) fn run(self, place: &Place, wait: Wait) -> Result<(), Failure> {
        if let Some(at) = self.at {
            refuse_the_future(&self.source, at)?;
        }
        let report = copy(
            &self.source,
            place,
            self.at.map(Lsn::new),
            wait,
            Failure::of_source,
        )?;
        tell(&report, "restored", place, self.json)?;
        match self.at {
            // The source does not say how it stands, so it was not refused before.
            Some(at) if report.lsn.get() < at => Err(no_such_commit(&self.source, at, report.lsn)),
            _ => Ok(()),
        }
    }
}

fn commit(text: &str) -> Result<u64, String> {
    let number = text.parse();
    number.map_err(|_| "a commit has a whole number, as `steadfast inspect` lists it".to_owned())
}

/// A commit that is not there yet is a mistake, not a wish for the newest one.
fn refuse_the_future(source: &Place, at: u64) -> Result<(), Failure> {
    // Where it does not even say how it stands, the copy says why.
    match blocking::status(&source.open_to_read_or(Failure::of_source)?) {
        Ok(status) if status.lsn.get() < at => Err(no_such_commit(source, at, status.lsn)),
        _ => Ok(()),
    }
}

fn no_such_commit(source: &Place, at: u64, last: Lsn) -> Failure {
    Failure::store(format!(
        "there is no commit {} to go back to: the last one in {source} is {}",
        text::number(at),
        text::number(last.get()),
    ))
}
