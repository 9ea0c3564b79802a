//! Filled stores to measure on.

use std::path::Path;

use steadfast::blocking::{Options, Store};
use steadfast::{Kv, KvBatch};

use crate::{Result, data, ours};

/// What a store is filled with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contents {
    pub(super) entries: u64,
    pub(super) key_len: usize,
    pub(super) value_len: usize,
    /// Changes in each commit.
    pub(super) batch: u64,
}

impl Contents {
    /// Bytes of keys and values.
    pub(super) fn len(&self) -> u64 {
        self.entries * (self.key_len + self.value_len) as u64
    }
}

/// A store below `folder` without automatic snapshots, filled in another order than that of the
/// keys.
pub(super) fn filled(folder: &Path, contents: Contents) -> Result<Store<Kv>> {
    let store = ours::open(folder, Options::default().automatic_snapshots(false))?;
    fill(&store, contents)?;
    Ok(store)
}

pub(super) fn fill(store: &Store<Kv>, contents: Contents) -> Result {
    let mut last = None;
    let mut batch = KvBatch::new();
    for number in 0..contents.entries {
        let value = data::random(contents.value_len, number);
        batch.put(
            key(spread(number, contents.entries), contents.key_len),
            value,
        )?;
        if batch.len() as u64 >= contents.batch || number + 1 == contents.entries {
            last = Some(store.submit(std::mem::take(&mut batch))?);
        }
    }
    if let Some(ticket) = last {
        ticket.wait()?;
    }
    Ok(())
}

/// A key of this length that stands for the number.
pub(super) fn key(number: u64, len: usize) -> Vec<u8> {
    let mut key = vec![b'k'; len.saturating_sub(8)];
    key.extend_from_slice(&data::key(number));
    key
}

/// The numbers below `count` in another order, each once.
pub(super) fn spread(number: u64, count: u64) -> u64 {
    // A prime that no count here is a multiple of.
    const STEP: u64 = 2_147_483_647;
    u64::try_from(u128::from(number) * u128::from(STEP) % u128::from(count.max(1))).unwrap_or(0)
}
