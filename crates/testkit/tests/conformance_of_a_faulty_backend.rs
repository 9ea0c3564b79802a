//! The contract, over a backend without a fault so far: a wrapper between a store and its backend
//! makes the same promises.

use steadfast_core::MemoryBackend;
use steadfast_testkit::Faulty;
use steadfast_testkit::conformance::{Place, Result};

struct Memory(Faulty<MemoryBackend>);

impl Place for Memory {
    type Backend = Faulty<MemoryBackend>;
    async fn open(&self) -> Result<Self::Backend> {
        Ok(self.0.clone())
    }
}

steadfast_testkit::conformance!(Memory(Faulty::new(MemoryBackend::new())));

#[test]
fn immediate_futures_never_suspend() -> Result<()> {
    let place = Memory(Faulty::new(MemoryBackend::new()));
    steadfast_testkit::block_on(
        steadfast_testkit::conformance::immediate_futures_never_suspend(&place),
    )
}
