//! What is promised on a browser's main thread.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod conformance_of_indexed_db;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
