//! Plain JavaScript objects, which survive being sent from one tab to another.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

/// An object with these properties.
pub(super) fn object<const N: usize>(properties: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        // A property of a fresh object can always be set.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    object.into()
}

/// A count. Exact up to 2⁵³: more commits than any disk lives through.
#[expect(
    clippy::cast_precision_loss,
    reason = "JavaScript has no other number that JSON and arithmetic accept"
)]
pub(super) fn count(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// An array of what the iterator gives.
pub(super) fn array(values: impl Iterator<Item = JsValue>) -> JsValue {
    values.collect::<Array>().into()
}
