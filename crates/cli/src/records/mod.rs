//! Records from the outside and back: what `import` reads and `export` writes.
//!
//! Input is read as it comes, one record at a time, and no line is ever held beyond
//! [`LINE_LEN_MAX`]: memory depends neither on the file's length nor on a line's. What is wrong
//! with it is said with the number of its line.

mod csv;
mod digits;
mod encoding;
mod json_lines;
mod members;
mod rows;
mod tagged;
mod tree;
mod write;

use std::io::{self, Read};
use std::path::Path;

use clap::ValueEnum;

use self::csv::Csv;
use self::json_lines::JsonLines;
pub(crate) use self::tagged::{Contents, Kind, Tagging};
pub(crate) use self::write::{OwnedRecord, write_record};

/// The longest line of JSON Lines and the longest row of CSV, in bytes. The largest value, 64 MiB,
/// fits with a third to spare, which is what base64 adds; `export` uses base64 where escapes would
/// add more.
pub(crate) const LINE_LEN_MAX: usize = 96 << 20;

/// What some programs put in front of UTF-8; it belongs to no record.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Where input comes from.
pub(crate) type Input = Box<dyn Read>;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The line it begins on, counted from 1.
    pub(crate) line: u64,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
    /// What the value was written as.
    pub(crate) kind: Kind,
}

/// Why there is no next record.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It makes no sense.
    Bad { line: u64, reason: String },
    /// It cannot be read at all.
    Source(io::Error),
}

impl Unreadable {
    fn bad(line: u64, reason: impl Into<String>) -> Self {
        Self::Bad {
            line,
            reason: reason.into(),
        }
    }
}

/// What the input is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON Lines
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

impl Format {
    /// What a file is by its name.
    pub(crate) fn of(file: &Path) -> Self {
        match file.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("csv") => Self::Csv,
            _ => Self::Jsonl,
        }
    }
}

/// Records in either format.
pub(crate) enum Records {
    JsonLines(JsonLines<Input>),
    Csv(Box<Csv<Input>>),
}

impl Records {
    /// Reads CSV's header, if it is CSV; `key` names its column with the key.
    pub(crate) fn new(input: Input, format: Format, key: Option<&str>) -> Result<Self, Unreadable> {
        match format {
            Format::Jsonl => Ok(Self::JsonLines(JsonLines::new(input))),
            Format::Csv => Csv::new(input, key).map(|csv| Self::Csv(Box::new(csv))),
        }
    }

    /// The next record; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Unreadable> {
        match self {
            Self::JsonLines(records) => records.next(),
            Self::Csv(records) => records.next(),
        }
    }
}

/// What the error message says about something too long.
fn too_long(what: &str) -> String {
    format!(
        "the {what} is longer than {}, and a value may have {} at most",
        crate::text::size(LINE_LEN_MAX as u64),
        crate::text::size(steadfast::KV_VALUE_LEN_MAX as u64),
    )
}
