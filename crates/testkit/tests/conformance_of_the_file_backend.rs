//! The contract, over files.
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::path::PathBuf;

use steadfast_file::FileBackend;
use steadfast_testkit::conformance::{Place, Result};

struct Folder {
    path: PathBuf,
    _guard: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let guard = tempfile::tempdir().expect("a temporary folder");
        Self {
            path: guard.path().join("store"),
            _guard: guard,
        }
    }
}

impl Place for Folder {
    type Backend = FileBackend;
    async fn open(&self) -> Result<FileBackend> {
        // The suite uses names of its own, so it does not look like a store.
        FileBackend::adopt(&self.path)
    }
}

steadfast_testkit::conformance!(Folder::new());

#[test]
fn immediate_futures_never_suspend() -> Result<()> {
    let place = Folder::new();
    steadfast_testkit::block_on(
        steadfast_testkit::conformance::immediate_futures_never_suspend(&place),
    )
}
