//! A state that is its own history: a list of numbers that only grows.

use serde::{Deserialize, Serialize};
use steadfast_core::{MemoryBackend, Postcard, Result, Schema, State, Store, StoreOptions};

/// All numbers of all commits, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Numbers(pub(crate) Vec<u32>);

impl Schema for Numbers {
    const NAME: &'static str = "test.numbers";
    type Codec = Postcard;
}

impl State for Numbers {
    type Operation = Vec<u32>;
    type OperationCodec = Postcard;

    fn apply(&mut self, batch: Vec<u32>) {
        self.0.extend(batch);
    }
}

pub(crate) type NumberStore<B = MemoryBackend> = Store<Numbers, B>;

/// Opens with segments so short that most commits begin a new one.
pub(crate) async fn open_small(backend: MemoryBackend) -> Result<NumberStore> {
    Store::open(backend, small()).await
}

pub(crate) fn small() -> StoreOptions {
    StoreOptions::default().segment_len(200)
}
