//! JSON Lines: an object `{"key": …, "value": …}` on each line.
//!
//! A value that is a string is stored as its text. Every other value is stored as the JSON it was
//! written in, without the spaces between its parts; numbers keep all their digits. `key_base64`
//! and `value_base64` stand for bytes that are no text; `value_typed` is a value of the npm package
//! that JSON cannot say.

use std::io::{BufRead, BufReader, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::encoding::wrong_encoding;
use super::{BYTE_ORDER_MARK, Kind, LINE_LEN_MAX, Record, Unreadable, too_long};
use crate::text;

const WHITE_SPACE: &[u8] = b" \t\r\n";

const EXAMPLE: &str = r#"{"key": "planet", "value": "Mars"}"#;

/// What is kept of the line's memory after a long line.
const CAPACITY_KEPT: usize = 1 << 20;

/// Reads JSON Lines.
pub(crate) struct JsonLines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

/// A line, by its fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    key: Option<String>,
    key_base64: Option<String>,
    // Not a plain option: `null` is a value.
    #[serde(borrow, default, deserialize_with = "present")]
    value: Option<&'a RawValue>,
    value_base64: Option<String>,
    #[serde(borrow, default, deserialize_with = "present")]
    value_typed: Option<&'a RawValue>,
}

fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

impl<R: Read> JsonLines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(64 << 10, input),
            line: Vec::new(),
            number: 0,
        }
    }

    /// The next record. Lines with nothing but spaces are passed over.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Unreadable> {
        while self.read_line()? {
            let line = trim_end(&self.line);
            if line.is_empty() {
                continue;
            }
            let bad = |reason| Unreadable::bad(self.number, reason);
            let (key, value, kind) = parse(line).map_err(bad)?;
            return Ok(Some(Record {
                line: self.number,
                key,
                value,
                kind,
            }));
        }
        Ok(None)
    }

    /// Reads one line, and never more than a line may have.
    fn read_line(&mut self) -> Result<bool, Unreadable> {
        self.line.clear();
        self.line.shrink_to(CAPACITY_KEPT);
        let limit = (LINE_LEN_MAX as u64).saturating_add(1);
        let read = (&mut self.input)
            .take(limit)
            .read_until(b'\n', &mut self.line)
            .map_err(Unreadable::Source)?;
        self.number = self.number.saturating_add(1);
        if read > LINE_LEN_MAX && self.line.last() != Some(&b'\n') {
            return Err(Unreadable::bad(self.number, too_long("line")));
        }
        if self.number == 1 {
            if let Some(reason) = wrong_encoding(&self.line) {
                return Err(Unreadable::bad(1, reason));
            }
            if self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
        }
        Ok(read > 0)
    }
}

/// The line without what JSON calls white space behind it. What stands in front counts: a column
/// is named from the line's beginning.
fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !WHITE_SPACE.contains(byte));
    line.get(..end.map_or(0, |last| last.saturating_add(1)))
        .unwrap_or_default()
}

/// The key and the value that a line gives.
fn parse(line: &[u8]) -> Result<(Vec<u8>, Vec<u8>, Kind), String> {
    let line = std::str::from_utf8(line)
        .map_err(|error| format!("not UTF-8 (byte {} of the line)", error.valid_up_to() + 1))?;
    let begin = line.bytes().position(|byte| !WHITE_SPACE.contains(&byte));
    let record = line.get(begin.unwrap_or(0)..).unwrap_or_default();
    if !record.starts_with('{') {
        return Err(format!(
            "not a JSON object such as {EXAMPLE}, but `{}`",
            text::excerpt(record.as_bytes())
        ));
    }
    let fields: Fields<'_> = serde_json::from_str(line).map_err(|error| explain(&error, 0))?;
    let key = match (fields.key, fields.key_base64) {
        (Some(key), None) => key.into_bytes(),
        (None, Some(encoded)) => decode(&encoded, "key_base64")?,
        (None, None) => return Err(format!("no `key`; a record looks like {EXAMPLE}")),
        (Some(_), Some(_)) => return Err("both `key` and `key_base64`".to_owned()),
    };
    let (value, kind) = match (fields.value, fields.value_base64, fields.value_typed) {
        (Some(value), None, None) => text_of(value, line)?,
        (None, Some(encoded), None) => (decode(&encoded, "value_base64")?, Kind::Bytes),
        (None, None, Some(tree)) => (compact(tree.get()), Kind::Tree),
        (None, None, None) => return Err(format!("no `value`; a record looks like {EXAMPLE}")),
        (Some(_), Some(_), None) => return Err("both `value` and `value_base64`".to_owned()),
        (_, _, Some(_)) => return Err("`value_typed` and another value".to_owned()),
    };
    Ok((key, value, kind))
}

/// What is stored of a value, which is a part of `line`.
fn text_of(value: &RawValue, line: &str) -> Result<(Vec<u8>, Kind), String> {
    let json = value.get();
    if json.starts_with('"') {
        let before = json.as_ptr().addr().saturating_sub(line.as_ptr().addr());
        let text: String = serde_json::from_str(json).map_err(|error| explain(&error, before))?;
        Ok((text.into_bytes(), Kind::Text))
    } else {
        Ok((compact(json), Kind::Json))
    }
}

/// Valid JSON without the spaces between its parts.
fn compact(json: &str) -> Vec<u8> {
    let mut compact = Vec::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for byte in json.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte.is_ascii_whitespace() {
            continue;
        } else {
            in_string = byte == b'"';
        }
        compact.push(byte);
    }
    compact
}

fn decode(encoded: &str, field: &str) -> Result<Vec<u8>, String> {
    STANDARD
        .decode(encoded)
        .map_err(|error| format!("`{field}` is not base64: {error}"))
}

/// What the parser says, without its own count of lines, which is always 1 here. `before` bytes of
/// the line stand in front of what it read.
fn explain(error: &serde_json::Error, before: usize) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = said.strip_suffix(&place).unwrap_or(&said);
    let kind = if error.is_data() {
        "not a record"
    } else {
        "not JSON"
    };
    let reason = text::escape(reason.as_bytes());
    let column = before.saturating_add(error.column());
    format!("{kind}: {reason} (column {column})")
}
