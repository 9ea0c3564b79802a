//! `scan`: the records whose keys begin alike.

use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;

use super::{check_contents, load};
use crate::arguments::key;
use crate::failure::Failure;
use crate::place::Place;
use crate::records::{OwnedRecord, Tagging};
use crate::{output, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast scan                 every record
  steadfast scan user/           those whose keys begin with user/
  steadfast scan user/ --json    the same as JSON Lines, as export writes them

A line is KEY, a tab, VALUE. So that it stays one line, and does no harm to a
terminal, a backslash is written \\\\, a tab \\t, a line feed \\n, a carriage
return \\r, and every other control character and every byte that is not UTF-8
\\xNN. For the bytes themselves: get, or --json.";

/// List records in the order of their keys
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Scan {
    /// What the keys begin with; every record where it is left out
    #[arg(default_value = "", hide_default_value = true)]
    prefix: OsString,

    /// PREFIX is written as keys are shown: \xNN for a byte, \\ for a backslash
    #[arg(long)]
    escaped: bool,

    /// Print JSON Lines
    #[arg(long)]
    json: bool,
}

impl Scan {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let prefix = key(self.prefix, self.escaped)?;
        let kv = load(place)?;
        let tagging = Tagging::of(&kv);
        let shown = || kv.scan(&prefix).filter(|(key, _)| !tagging.hides(key));
        check_contents(tagging, place, shown())?;
        let mut records =
            shown().filter_map(|(key, value)| Some((key, tagging.decode(value).ok()?)));
        if self.json {
            return output::json_lines(
                records.map(|(key, contents)| OwnedRecord::new(key, contents)),
            );
        }
        output::data(|out| {
            records.try_for_each(|(key, contents)| {
                let value = text::escape(contents.payload);
                writeln!(out, "{}\t{value}", text::escape(key))
            })
        })
    }
}
