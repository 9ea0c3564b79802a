//! `export`: everything, in a form that outlives the program.

use clap::Args;

use super::{check_contents, load};
use crate::failure::Failure;
use crate::output;
use crate::place::Place;
use crate::records::{OwnedRecord, Tagging};

const AFTER_HELP: &str = "\
Examples:
  steadfast export > planets.jsonl
  steadfast export | steadfast save planets.jsonl    never half a file
  steadfast export | gzip > planets.jsonl.gz

A line is {\"key\":\"…\",\"value\":\"…\"}, sorted by the bytes of the key: the same
records give the same bytes. What is not UTF-8 stands in key_base64 or
value_base64 instead. `steadfast import` reads all of it back. A store that was a
browser's backup: JSON stands in value as it is, and what JSON cannot say, such
as a date, in value_typed.
Exit code 4 where not all of it could be written; 0 where the reader has gone
before the end, as head does.
It is the state as of one commit, also while another program writes.";

/// Write every record as JSON Lines, sorted and reproducible
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Export {}

impl Export {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let kv = load(place)?;
        let tagging = Tagging::of(&kv);
        let shown = || kv.iter().filter(|(key, _)| !tagging.hides(key));
        check_contents(tagging, place, shown())?;
        output::json_lines(shown().filter_map(|(key, value)| {
            let contents = tagging.decode(value).ok()?;
            Some(OwnedRecord::new(key, contents))
        }))
    }
}
