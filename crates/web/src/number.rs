//! Conversions between the browser's numbers and ours.
//!
//! JavaScript counts in `f64`, exact up to 2⁵³: lengths, positions and epochs stay below that. A
//! number that comes back from a database is checked.

use wasm_bindgen::JsValue;

/// The largest integer that an `f64` tells from its neighbours.
const INTEGER_MAX: f64 = 9_007_199_254_740_991.0;

/// The number for the browser.
#[expect(
    clippy::cast_precision_loss,
    reason = "lengths and epochs stay far below 2^53"
)]
pub(crate) fn to_js(number: u64) -> f64 {
    number as f64
}

/// A non-negative integer; `None` for every other number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be an integer in range"
)]
pub(crate) fn from_js(number: f64) -> Option<u64> {
    let is_integer = (0.0..=INTEGER_MAX).contains(&number) && number.fract() == 0.0;
    is_integer.then_some(number as u64)
}

/// [`from_js`] of a value that should be a number.
pub(crate) fn integer(value: &JsValue) -> Option<u64> {
    value.as_f64().and_then(from_js)
}

/// A length as the browser counts it.
pub(crate) fn len_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
