//! The contract, over files whose calls run on a pool of threads. Here futures suspend, and can be
//! dropped half-way.
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::path::PathBuf;

use steadfast::{FileBackend, Threaded};
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
    type Backend = Threaded<FileBackend>;
    async fn open(&self) -> Result<Self::Backend> {
        let path = self.path.clone();
        Threaded::open(move || FileBackend::adopt(path)).await
    }
}

steadfast_testkit::conformance!(Folder::new());
