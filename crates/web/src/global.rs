//! What a page and a worker have in common.
//!
//! `window` and a worker's `self` are different types that offer the same services under the same
//! names. So the services are looked up by name on whatever the global object is, and may be
//! missing: no IndexedDB where storage is switched off, no locks on a page that was not loaded
//! securely, no `localStorage` in a worker.

use js_sys::{Function, JsString, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CacheStorage, IdbFactory, Storage, StorageManager};

pub(crate) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    // Reading it can throw: `localStorage` does where cookies are blocked.
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

pub(crate) fn global(name: &str) -> Option<JsValue> {
    property(&js_sys::global(), name)
}

fn navigator(name: &str) -> Option<JsValue> {
    property(&global("navigator")?, name)
}

/// The databases.
pub(crate) fn indexed_db() -> Option<IdbFactory> {
    global("indexedDB").map(JsCast::unchecked_into)
}

/// Quota, persistence, and the origin's private files.
pub(crate) fn storage() -> Option<StorageManager> {
    navigator("storage").map(JsCast::unchecked_into)
}

/// The locks between tabs.
pub(crate) fn locks() -> Option<JsValue> {
    navigator("locks")
}

/// Stored responses; here a second place for the note that a store exists.
pub(crate) fn caches() -> Option<CacheStorage> {
    global("caches").map(JsCast::unchecked_into)
}

/// A page's `localStorage`; workers have none.
pub(crate) fn local_storage() -> Option<Storage> {
    global("localStorage").map(JsCast::unchecked_into)
}

/// Whether this is Chromium, or a browser that is made of it.
pub(crate) fn is_chromium() -> bool {
    navigator("userAgent").is_some_and(|agent| {
        let agent: JsString = agent.unchecked_into();
        agent.includes("Chrome/", 0)
    })
}

/// Where this page or worker was loaded from.
pub(crate) fn href() -> String {
    global("location")
        .and_then(|location| property(&location, "href"))
        .and_then(|href| href.as_string())
        .unwrap_or_default()
}

/// A random number.
pub(crate) fn random() -> u64 {
    let bytes = Uint8Array::new_with_length(8);
    let drawn = global("crypto").and_then(|crypto| {
        let draw: Function = property(&crypto, "getRandomValues")?.dyn_into().ok()?;
        draw.call1(&crypto, &bytes).ok()
    });
    if drawn.is_none() {
        // Every browser has `crypto`. A host without it gets a number that is at least no constant.
        return js_sys::Date::now().to_bits();
    }
    let mut number = [0; 8];
    bytes.copy_to(&mut number);
    u64::from_le_bytes(number)
}

/// A promise that is kept after so many milliseconds.
pub(crate) fn after(milliseconds: f64) -> Promise {
    Promise::new(&mut |resolve, _reject| {
        let set: Option<Function> = global("setTimeout").and_then(|set| set.dyn_into().ok());
        if let Some(set) = set {
            // Nothing is thrown for a function and a number.
            let _ = set.call2(
                &JsValue::UNDEFINED,
                &resolve,
                &JsValue::from_f64(milliseconds),
            );
        }
    })
}
