//! The contract, over IndexedDB.

use steadfast_testkit::conformance::{Place, Result};
use steadfast_web::IndexedDbBackend;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::fresh_name;

struct Database(String);

impl Place for Database {
    type Backend = IndexedDbBackend;
    async fn open(&self) -> Result<IndexedDbBackend> {
        IndexedDbBackend::open(&self.0).await
    }
}

steadfast_testkit::conformance!(
    #[wasm_bindgen_test]
    Database(fresh_name())
);
