//! CSV with a header.
//!
//! One column is the key. Where the only other one is called `value`, the value is that field as it
//! is; otherwise the value is a JSON object of the other fields, all of them strings, in the order
//! of the header.

use std::collections::BTreeSet;
use std::io::Read;

use super::rows::{Row, Rows};
use super::{Kind, Record, Unreadable};
use crate::text;

/// Reads CSV.
pub(crate) struct Csv<R> {
    rows: Rows<R>,
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
    /// Reads the header. The key is in the column of that name; in the one called `key`, or the
    /// first one, where no name is given.
    pub(crate) fn new(input: R, key: Option<&str>) -> Result<Self, Unreadable> {
        let mut rows = Rows::new(input)?;
        let Some(header) = rows.next()? else {
            return Err(Unreadable::bad(
                1,
                "there is no header: the first line of a CSV file names its columns",
            ));
        };
        let line = header.line;
        let names = header.fields().enumerate().map(|(column, name)| {
            let reason = || format!("not UTF-8 in the name of column {}", column + 1);
            std::str::from_utf8(name)
                .map(str::to_owned)
                .map_err(|_| reason())
        });
        let columns = names
            .collect::<Result<Vec<_>, _>>()
            .and_then(|names| Columns::new(names, key))
            .map_err(|reason| Unreadable::bad(line, reason))?;
        Ok(Self { rows, columns })
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Unreadable> {
        let Some(row) = self.rows.next()? else {
            return Ok(None);
        };
        let line = row.line;
        let (key, value, kind) = self
            .columns
            .record(row)
            .map_err(|reason| Unreadable::bad(line, reason))?;
        Ok(Some(Record {
            line,
            key,
            value,
            kind,
        }))
    }
}

impl Columns {
    fn new(names: Vec<String>, key: Option<&str>) -> Result<Self, String> {
        let mut known = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !known.insert(name.as_str())) {
            return Err(format!("the header names the column `{name}` twice"));
        }
        if names.len() < 2 {
            return Err(
                "the header names one column only: a key and something else are needed, with a comma between"
                    .to_owned(),
            );
        }
        let position = |name: &str| names.iter().position(|column| column == name);
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

    /// The key and the value that a row gives.
    fn record(&self, row: &Row) -> Result<(Vec<u8>, Vec<u8>, Kind), String> {
        let len = row.fields().count();
        if len != self.names.len() {
            return Err(format!(
                "{}, but the header names {}",
                text::count(len as u64, "field"),
                text::count(self.names.len() as u64, "column"),
            ));
        }
        let fields: Vec<&str> = self
            .names
            .iter()
            .zip(row.fields())
            .map(|(name, field)| {
                std::str::from_utf8(field).map_err(|_| format!("not UTF-8 in the field `{name}`"))
            })
            .collect::<Result<_, _>>()?;
        let field = |column: usize| fields.get(column).copied().unwrap_or_default();
        let (value, kind) = match self.value {
            Some(column) => (field(column).into(), Kind::Text),
            None => {
                let object = self.object(&fields);
                (object.map_err(|error| error.to_string())?, Kind::Json)
            }
        };
        Ok((field(self.key).into(), value, kind))
    }

    /// The fields without the key.
    fn object(&self, fields: &[&str]) -> serde_json::Result<Vec<u8>> {
        use serde::Serializer as _;
        let fields = self.names.iter().zip(fields).enumerate();
        let others = fields.filter(|(column, _)| *column != self.key);
        let mut json = Vec::new();
        serde_json::Serializer::new(&mut json).collect_map(others.map(|(_, field)| field))?;
        Ok(json)
    }
}
