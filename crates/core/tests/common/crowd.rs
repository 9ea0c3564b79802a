//! Many calls of one store at once, drawn from a seed.

use std::collections::BTreeSet;

use steadfast_core::{Lsn, PersistenceError, Result, Store, TransactError};

use super::numbers::Numbers;
use super::probe::Probe;

/// The splitmix64 generator (Steele, Lea and Flood 2014).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or_default() % bound
    }
}

/// The result of a call: the number that it added, and its commit number if the call returns one.
pub(crate) type Said = Result<Option<(u32, Option<Lsn>)>>;

/// Commits these numbers by way of a transaction.
pub(crate) async fn transact(store: &Store<Numbers, Probe>, numbers: Vec<u32>) -> Result<()> {
    let decide = move |_: &Numbers| Ok::<_, PersistenceError>((Some(numbers), ()));
    match store.transact(decide).await {
        Ok(()) => Ok(()),
        Err(TransactError::Storage(error) | TransactError::Refused(error)) => Err(error),
    }
}

/// A flush, a snapshot, a transaction or, most often, a commit. The latter two add the number
/// `own`.
pub(crate) async fn any_call(store: &Store<Numbers, Probe>, kind: usize, own: u32) -> Said {
    match kind {
        0 => store.flush().await.map(|()| None),
        1 if own.is_multiple_of(2) => store.compact().await.map(|_| None),
        1 => store.snapshot().await.map(|_| None),
        2 | 3 => transact(store, vec![own]).await.map(|()| Some((own, None))),
        _ => {
            let lsn = store.commit(vec![own]).await?;
            Ok(Some((own, Some(lsn))))
        }
    }
}

/// Panics unless everything that was acknowledged is in the state, where it was said to be, and
/// nothing is there twice.
pub(crate) fn keeps(state: &Numbers, said: &[Said]) {
    let unique: BTreeSet<u32> = state.0.iter().copied().collect();
    assert_eq!(unique.len(), state.0.len(), "something is there twice");
    let acknowledged = said.iter().flatten().flatten();
    for (number, lsn) in acknowledged {
        assert!(unique.contains(number), "{number} was acknowledged");
        if let Some(lsn) = lsn {
            let index = usize::try_from(lsn.get() - 1).unwrap_or(usize::MAX);
            assert_eq!(state.0.get(index), Some(number), "commit {lsn}");
        }
    }
}
