//! Escaped trees: JSON in which an object with a member `$` stands for what JSON cannot say. What a
//! browser could not read is not let in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The farthest a JavaScript date is from 1970, in milliseconds.
const DATE_MAX: f64 = 8.64e15;

/// Refuses what is no escaped tree. One that is deeper than serde reads is refused, too.
pub(super) fn check_tree(json: &[u8]) -> Result<(), String> {
    let tree: Value =
        serde_json::from_slice(json).map_err(|error| format!("in `value_typed`: {error}"))?;
    let is_undefined = tree.get("$").and_then(Value::as_str) == Some("undefined");
    if is_undefined {
        return Err("in `value_typed`: a whole value cannot be undefined".to_owned());
    }
    check(&tree)
}

fn check(tree: &Value) -> Result<(), String> {
    match tree {
        Value::Array(entries) => entries.iter().try_for_each(check),
        Value::Object(members) => match members.get("$") {
            None => members.values().try_for_each(check),
            Some(kind) => check_escape(kind.as_str().unwrap_or_default(), members),
        },
        _ => Ok(()),
    }
}

fn check_escape(kind: &str, members: &Map<String, Value>) -> Result<(), String> {
    let of = members.get("of");
    let is_right = match (kind, of) {
        ("undefined", None) => members.len() == 1,
        _ if members.len() != 2 => false,
        ("number", Some(Value::String(of))) => matches!(&**of, "NaN" | "Infinity" | "-Infinity"),
        ("bigint", Some(Value::String(of))) => is_whole_number(of),
        ("Date", Some(Value::Null)) => true,
        ("Date", Some(Value::Number(of))) => of
            .as_f64()
            .is_some_and(|of| of.abs() <= DATE_MAX && of.fract() == 0.0),
        ("Map", Some(Value::Array(of))) => {
            of.iter().try_for_each(check)?;
            of.iter()
                .all(|pair| pair.as_array().is_some_and(|pair| pair.len() == 2))
        }
        ("Set", Some(Value::Array(of))) => {
            of.iter().try_for_each(check)?;
            true
        }
        ("object", Some(Value::Object(of))) => {
            of.values().try_for_each(check)?;
            true
        }
        (kind, Some(Value::String(of))) => element_len(kind).is_some_and(|element_len| {
            let bytes = STANDARD.decode(of);
            bytes.is_ok_and(|bytes| bytes.len().is_multiple_of(element_len))
        }),
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    let kind: String = kind.chars().take(40).collect();
    Err(format!(
        "in `value_typed`: `{kind}` is no kind of value, or not with these contents"
    ))
}

fn is_whole_number(digits: &str) -> bool {
    let positive = digits.strip_prefix('-').unwrap_or(digits);
    let is_canonical = !positive.is_empty() && !positive.starts_with('0');
    digits == "0" || is_canonical && positive.bytes().all(|byte| byte.is_ascii_digit())
}

/// How many bytes an element of such a buffer or view has.
fn element_len(kind: &str) -> Option<usize> {
    Some(match kind {
        "ArrayBuffer" | "DataView" | "Int8Array" | "Uint8Array" | "Uint8ClampedArray" => 1,
        "Int16Array" | "Uint16Array" | "Float16Array" => 2,
        "Int32Array" | "Uint32Array" | "Float32Array" => 4,
        "Float64Array" | "BigInt64Array" | "BigUint64Array" => 8,
        _ => return None,
    })
}
