//! JSON Lines, written: `{"key":"…","value":"…"}`, always the same bytes for the same record.
//!
//! A key or value that is not UTF-8, or that escapes would make too long for a line, stands in
//! `key_base64` or `value_base64` instead.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Contents, Kind, LINE_LEN_MAX};

/// The longest text that is written with escapes: what is left of a line for the value beside the
/// longest key.
const TEXT_LEN_MAX: usize = LINE_LEN_MAX - (16 << 10);

/// A record to be written as JSON.
#[derive(Serialize)]
pub(crate) struct OwnedRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_typed: Option<Box<RawValue>>,
}

/// What stands in `value`.
#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Json(Box<RawValue>),
}

impl OwnedRecord {
    pub(crate) fn new(key: &[u8], Contents { kind, payload }: Contents<'_>) -> Self {
        let (key, key_base64) = text_or_base64(key);
        let mut record = Self {
            key,
            key_base64,
            value: None,
            value_base64: None,
            value_typed: None,
        };
        let is_json = matches!(kind, Some(Kind::Json | Kind::Tree));
        match (kind, is_json.then(|| raw(payload)).flatten()) {
            (Some(Kind::Json), Some(json)) => record.value = Some(Value::Json(json)),
            (Some(Kind::Tree), Some(tree)) => record.value_typed = Some(tree),
            (Some(Kind::Bytes), _) => record.value_base64 = Some(STANDARD.encode(payload)),
            _ => {
                let (text, base64) = text_or_base64(payload);
                (record.value, record.value_base64) = (text.map(Value::Text), base64);
            }
        }
        record
    }
}

/// Writes a record on a line of its own.
pub(crate) fn write_record(out: &mut impl Write, key: &[u8], payload: &[u8]) -> io::Result<()> {
    let contents = Contents {
        kind: None,
        payload,
    };
    serde_json::to_writer(&mut *out, &OwnedRecord::new(key, contents))?;
    out.write_all(b"\n")
}

/// JSON as it is written.
fn raw(json: &[u8]) -> Option<Box<RawValue>> {
    let json = std::str::from_utf8(json).ok()?;
    RawValue::from_string(json.to_owned()).ok()
}

fn text_or_base64(bytes: &[u8]) -> (Option<String>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) if escaped_len(text) <= TEXT_LEN_MAX => (Some(text.to_owned()), None),
        _ => (None, Some(STANDARD.encode(bytes))),
    }
}

/// How long the text is between the quotes of a JSON string.
fn escaped_len(text: &str) -> usize {
    let longest = text.len().saturating_mul(6);
    if longest <= TEXT_LEN_MAX {
        return longest;
    }
    let len = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(len).sum()
}
