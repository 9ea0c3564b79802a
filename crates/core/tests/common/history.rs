//! The one history that the tests write. Operation `n` is a batch of its own numbers, so a state
//! tells which operations are in it.

use steadfast_core::{Result, StorageBackend, Store};

use super::numbers::Numbers;

/// Operation number `n`, counted from 0: one to three numbers. Every seventh one has so many that
/// the frame spans several sectors.
pub(crate) fn operation(n: u32) -> Vec<u32> {
    let len = if n % 7 == 5 { 400 } else { n % 3 + 1 };
    (0..len).map(|i| n * 1000 + i).collect()
}

/// The state after the first `count` operations.
pub(crate) fn prefix(count: u32) -> Numbers {
    Numbers((0..count).flat_map(operation).collect())
}

/// How many whole operations the state holds. Panics if it is no prefix of the history: half a
/// batch, a gap, a duplicate.
pub(crate) fn count_in(state: &Numbers) -> u32 {
    let mut count = 0;
    let mut rest = state.0.as_slice();
    while !rest.is_empty() {
        let next = operation(count);
        rest = rest
            .strip_prefix(next.as_slice())
            .unwrap_or_else(|| panic!("after {count} operations: not operation {count}"));
        count += 1;
    }
    count
}

/// What a program knows about its history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// So many were answered with `Ok`.
    pub(crate) acknowledged: u32,
    /// So many were begun.
    pub(crate) begun: u32,
}

impl Progress {
    /// Panics unless `count` operations are a legal outcome.
    pub(crate) fn admits(&self, count: u32) {
        assert!(
            (self.acknowledged..=self.begun).contains(&count),
            "{count} operations are there; {self:?}"
        );
    }

    pub(crate) fn all(count: u32) -> Self {
        Self {
            acknowledged: count,
            begun: count,
        }
    }

    /// Commits the next operation.
    pub(crate) async fn commit<B: StorageBackend>(
        &mut self,
        store: &Store<Numbers, B>,
    ) -> Result<()> {
        let next = operation(self.begun);
        self.begun += 1;
        store.commit(next).await?;
        self.acknowledged = self.begun;
        Ok(())
    }
}

pub(crate) fn count_of<B: StorageBackend>(store: &Store<Numbers, B>) -> u32 {
    store.read(count_in).unwrap_or_else(|e| panic!("{e}"))
}
