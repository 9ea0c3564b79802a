//! The contract, over the memory backend.

use steadfast_core::MemoryBackend;
use steadfast_testkit::conformance::{Place, Result};

struct Memory(MemoryBackend);

impl Place for Memory {
    type Backend = MemoryBackend;
    async fn open(&self) -> Result<MemoryBackend> {
        Ok(self.0.clone())
    }
}

steadfast_testkit::conformance!(Memory(MemoryBackend::new()));

#[test]
fn immediate_futures_never_suspend() -> Result<()> {
    let place = Memory(MemoryBackend::new());
    steadfast_testkit::block_on(
        steadfast_testkit::conformance::immediate_futures_never_suspend(&place),
    )
}
