//! Decodes what is about to be written.
//!
//! A value with a part that was not seen before is decoded. The result is encoded once more and
//! compared. The comparison counts bytes in any order, because a hash map has no order. A short
//! value is always decoded, because that costs less than can be measured beside a commit. So a
//! value that its own type refuses to read (`#[serde(try_from = "…")]`) is noticed too.

use super::postcard::ADVICE;
use super::shapes::Shapes;
use super::watch::{Format, Part, Watch};
use super::{Codec, CodecError, lost};

/// Operations up to this length, in bytes, are always decoded.
const SHORT_LEN_MAX: usize = 512;

/// Encodes with `write`, which passes the watched value to serde, and checks that `C` can decode
/// the result.
pub(super) fn encode_checked<T, C: Codec<T>>(
    value: &T,
    bytes: &mut Vec<u8>,
    seen: &Shapes,
    format: Format,
    write: impl FnOnce(&Part<'_, '_, T>, &mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let start = bytes.len();
    let watch = Watch::new(format, Some(seen));
    encode_watched(&watch, value, bytes, write)?;
    let encoded = bytes.get(start..).unwrap_or_default();
    let new = watch.into_unseen();
    if new.is_empty() && encoded.len() > SHORT_LEN_MAX {
        return Ok(());
    }
    let decoded = C::decode(encoded).map_err(|e| advice(format, &lost(&e)))?;
    if new.is_empty() {
        return Ok(());
    }
    let mut again = Vec::with_capacity(encoded.len());
    C::encode(&decoded, &mut again)?;
    if counts(encoded) != counts(&again) {
        let other = CodecError::new("another value would come back");
        return Err(advice(format, &lost(&other)));
    }
    for part in new {
        seen.remember(part);
    }
    Ok(())
}

/// Encodes with `write`. If the watch refused a part, its reason is the error.
pub(super) fn encode_watched<T>(
    watch: &Watch<'_>,
    value: &T,
    bytes: &mut Vec<u8>,
    write: impl FnOnce(&Part<'_, '_, T>, &mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    write(&watch.whole(value), bytes).map_err(|error| match watch.refusal() {
        Some(reason) => advice(watch.format, &CodecError::new(reason)),
        None => error,
    })
}

/// How often each byte occurs.
fn counts(bytes: &[u8]) -> [usize; 256] {
    let mut counts = [0_usize; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    counts
}

/// The error, with the advice what to do about it.
fn advice(format: Format, error: &CodecError) -> CodecError {
    if !format.is_positional {
        return error.clone();
    }
    let sentence = error.to_string();
    if sentence.contains(ADVICE) {
        return error.clone();
    }
    CodecError::new(format!("{sentence}; {ADVICE}"))
}
