//! What is promised in a dedicated worker.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod conformance_of_indexed_db;
mod conformance_of_opfs;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
