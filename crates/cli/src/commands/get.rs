//! `get`: the bytes of one value.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use super::{contents, load};
use crate::arguments::key;
use crate::failure::Failure;
use crate::place::Place;
use crate::records::{OwnedRecord, Tagging};
use crate::{output, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast get planet
  steadfast get photo > mars.jpg
  steadfast get planet --json
  steadfast get --escaped 'a\\x00b'    a key with a NUL byte, as scan shows it

On a terminal a line feed is added; into a file or pipe go the bytes alone.
Takes no lock and writes nothing: it works beside a program that writes.
Exit codes: 0 here it is, 1 there is no such key, 4 there is no such store.";

/// Print the value of a key: its bytes, and nothing else
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Get {
    /// The key
    key: OsString,

    /// KEY is written as scan shows it: \xNN for a byte, \\ for a backslash
    #[arg(long)]
    escaped: bool,

    /// Print {"key":…,"value":…}; what is not UTF-8 stands in key_base64 or value_base64
    #[arg(long)]
    json: bool,
}

impl Get {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let key = key(self.key, self.escaped)?;
        let kv = load(place)?;
        let tagging = Tagging::of(&kv);
        let Some(value) = kv.get(&key).filter(|_| !tagging.hides(&key)) else {
            return Err(Failure::no(format!(
                "there is no key `{}` in {place}",
                text::excerpt(&key)
            )));
        };
        let contents = contents(tagging, place, &key, value)?;
        if self.json {
            return output::json(&OwnedRecord::new(&key, contents));
        }
        let line_feed: &[u8] = if io::stdout().is_terminal() {
            b"\n"
        } else {
            b""
        };
        output::data(|out| {
            out.write_all(contents.payload)?;
            out.write_all(line_feed)
        })
    }
}
