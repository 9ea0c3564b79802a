//! The calls of the browser that every commit makes, with names and lists that are made once.
//!
//! The bindings of `web_sys` copy each name out of WebAssembly at each call and decode it. For a
//! commit of one short value that was a good part of the time that our code takes.

use js_sys::{Array, JsString, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::IdbObjectStore;

thread_local! {
    pub(super) static HEADS: JsString = JsString::from("heads");
    pub(super) static ROWS: JsString = JsString::from("rows");
    pub(super) static STAGED: JsString = JsString::from("staged");
    pub(super) static ABOUT: JsString = JsString::from("about");
    pub(super) static WRITER: JsString = JsString::from("writer");
}

#[wasm_bindgen]
extern "C" {
    /// An `IDBTransaction`.
    pub(super) type Begun;

    #[wasm_bindgen(method, catch, js_name = objectStore)]
    pub(super) fn object_store(this: &Begun, name: &JsString) -> Result<IdbObjectStore, JsValue>;

    /// Throws where the browser does not know it.
    #[wasm_bindgen(method, catch)]
    pub(super) fn commit(this: &Begun) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    pub(super) fn pair(epoch: f64, number: f64) -> Array;

    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    pub(super) fn triple(epoch: f64, number: f64, at: f64) -> Array;

    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    pub(super) fn head(epoch: f64, number: f64, len: f64, tail: &Uint8Array) -> Array;
}
