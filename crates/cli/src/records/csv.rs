//! CSV with a header (RFC 4180): commas, quotes doubled inside of quotes.
//!
//! One column is the key. Where the only other one is called `value`, the value is that field as it is; otherwise the
//! value is a JSON object of the other fields, all of them strings, in the order of the header.

use std::fmt;
use std::io::{self, Read};

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::{LINE_LEN_MAX, Record, Unreadable, too_long};

/// Reads CSV.
pub(crate) struct Csv<R> {
    reader: csv::Reader<Limited<R>>,
    row: StringRecord,
    columns: Columns,
}

/// What the header says.
struct Columns {
    names: Vec<String>,
    key: usize,
    /// The one column that is the value as it is.
    value: Option<usize>,
}

impl<R: Read> Csv<R> {
    /// Reads the header. The key is in the column of that name; in the one called `key`, or the first one, where no name is given.
    pub(crate) fn new(input: R, key: Option<&str>) -> Result<Self, Unreadable> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .from_reader(Limited::new(input));
        let mut csv = Self {
            reader,
            row: StringRecord::new(),
            columns: Columns {
                names: Vec::new(),
                key: 0,
                value: None,
            },
        };
        if !csv.read_row()? {
            return Err(Unreadable::bad(
                1,
                "there is no header: the first line of a CSV file names its columns",
            ));
        }
        let names = csv.row.iter().map(str::to_owned).collect();
        csv.columns = Columns::new(names, key).map_err(|reason| Unreadable::bad(1, reason))?;
        Ok(csv)
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Unreadable> {
        if !self.read_row()? {
            return Ok(None);
        }
        let line = self.row.position().map_or(0, csv::Position::line);
        let key = self.row.get(self.columns.key).unwrap_or_default();
        let value = match self.columns.value {
            Some(column) => self.row.get(column).unwrap_or_default().into(),
            None => self
                .columns
                .object(&self.row)
                .map_err(|error| Unreadable::bad(line, error.to_string()))?,
        };
        Ok(Some(Record {
            line,
            key: key.into(),
            value,
        }))
    }

    fn read_row(&mut self) -> Result<bool, Unreadable> {
        let begins = self.reader.position().line();
        self.reader.get_mut().left = LINE_LEN_MAX;
        let read = self.reader.read_record(&mut self.row);
        let is_row = read.map_err(|error| self.explain(error, begins))?;
        let source = self.reader.get_ref();
        if is_row && source.ended && source.in_quotes {
            let line = self.row.position().map_or(begins, csv::Position::line);
            let reason = "a quote is opened in this row and never closed";
            return Err(Unreadable::bad(line, reason));
        }
        Ok(is_row)
    }

    fn explain(&self, error: csv::Error, begins: u64) -> Unreadable {
        let line_of = |position: Option<csv::Position>| position.map_or(begins, |p| p.line());
        match error.into_kind() {
            ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
                Unreadable::bad(begins, too_long("row"))
            }
            ErrorKind::Io(error) => Unreadable::Source(error),
            ErrorKind::Utf8 { pos, err } => {
                let name = self.columns.names.get(err.field());
                let field = name.map_or(String::new(), |name| format!(" in the field `{name}`"));
                Unreadable::bad(line_of(pos), format!("not UTF-8{field}"))
            }
            ErrorKind::UnequalLengths {
                pos,
                expected_len,
                len,
            } => Unreadable::bad(
                line_of(pos),
                format!(
                    "{}, but the header names {}",
                    crate::text::count(len, "field"),
                    crate::text::count(expected_len, "column"),
                ),
            ),
            _ => Unreadable::bad(begins, "not CSV"),
        }
    }
}

impl Columns {
    fn new(names: Vec<String>, key: Option<&str>) -> Result<Self, String> {
        let position = |name: &str| names.iter().position(|column| column == name);
        for (place, name) in names.iter().enumerate() {
            if position(name) != Some(place) {
                return Err(format!("the header names the column `{name}` twice"));
            }
        }
        if names.len() < 2 {
            return Err(
                "the header names one column only: a key and something else are needed, with a comma between"
                    .to_owned(),
            );
        }
        let key = match key {
            Some(name) => position(name).ok_or_else(|| {
                format!(
                    "the header names no column `{name}`; it names {}",
                    names.join(", ")
                )
            })?,
            None => position("key").unwrap_or(0),
        };
        let value = position("value").filter(|value| names.len() == 2 && *value != key);
        Ok(Self { names, key, value })
    }

    /// The row without its key.
    fn object(&self, row: &StringRecord) -> serde_json::Result<Vec<u8>> {
        use serde::Serializer as _;
        let fields = self.names.iter().zip(row).enumerate();
        let others = fields.filter(|(column, _)| *column != self.key);
        let mut json = Vec::new();
        serde_json::Serializer::new(&mut json).collect_map(others.map(|(_, field)| field))?;
        Ok(json)
    }
}

/// Gives out no more than a row may have, until it is told that another row begins; and knows at the end whether a quote
/// is still open, which the parser accepts in silence.
struct Limited<R> {
    inner: R,
    left: usize,
    in_quotes: bool,
    ended: bool,
}

impl<R> Limited<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            left: LINE_LEN_MAX,
            in_quotes: false,
            ended: false,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(TooLong));
        }
        let len = buffer.len().min(self.left);
        let part = buffer.get_mut(..len).unwrap_or_default();
        let read = self.inner.read(part)?;
        self.left = self.left.saturating_sub(read);
        self.ended = read == 0;
        // A quote within quotes is written as two: whether their number is odd tells whether one is open.
        let quotes = part.iter().take(read).filter(|byte| **byte == b'"').count();
        self.in_quotes ^= quotes % 2 == 1;
        Ok(read)
    }
}

#[derive(Debug)]
struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the row is too long")
    }
}

impl std::error::Error for TooLong {}
