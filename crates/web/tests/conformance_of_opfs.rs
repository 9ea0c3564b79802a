//! The contract, over private files: a pool that grows, and one that does not and is immediate.

use steadfast_testkit::conformance::{self, Place, Result, passed};
use steadfast_web::{Fixed, OpfsBackend, OpfsOptions};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::fresh_name;

struct Files(String);

impl Place for Files {
    type Backend = OpfsBackend;
    async fn open(&self) -> Result<OpfsBackend> {
        // No file ahead: growing is met again and again.
        OpfsBackend::open_with(&self.0, OpfsOptions::default().files(0)).await
    }
}

struct FixedFiles(String);

impl Place for FixedFiles {
    type Backend = OpfsBackend<Fixed>;
    async fn open(&self) -> Result<OpfsBackend<Fixed>> {
        OpfsBackend::open_fixed(&self.0, OpfsOptions::default().files(24)).await
    }
}

mod growing {
    use super::*;
    steadfast_testkit::conformance!(
        #[wasm_bindgen_test]
        Files(fresh_name())
    );
}

#[wasm_bindgen_test]
async fn immediate_futures_never_suspend() {
    passed(conformance::immediate_futures_never_suspend(&FixedFiles(fresh_name())).await);
}

#[wasm_bindgen_test]
async fn test_atomic_overwrite() {
    passed(conformance::test_atomic_overwrite(&FixedFiles(fresh_name())).await);
}
