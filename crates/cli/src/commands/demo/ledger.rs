//! What must be in the store, and what is. Pure.

use steadfast::Kv;

use super::data::Pair;

/// The records in the order in which they are saved, and how many of them the store has.
pub(super) struct Ledger {
    records: Vec<Pair>,
    /// How many were there at the last look: every writer goes on behind them.
    survived: usize,
}

/// What a look into the store came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Acknowledged, and not there or with another value.
    pub(super) lost: u64,
    /// There, though the writer did not live to acknowledge them.
    pub(super) unsaid: u64,
    /// Commits of which only a part is there.
    pub(super) halves: u64,
    /// There, though no one can have saved them yet.
    pub(super) strange: u64,
}

impl Ledger {
    pub(super) fn new(records: Vec<Pair>) -> Self {
        Self {
            records,
            survived: 0,
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    pub(super) fn survived(&self) -> u64 {
        self.survived as u64
    }

    /// The records still to be saved.
    pub(super) fn rest(&self) -> &[Pair] {
        self.records.get(self.survived..).unwrap_or_default()
    }

    /// Compares what is there, record by record and byte by byte, with what was there before and
    /// what was `acknowledged` since.
    pub(super) fn judge(&mut self, kv: &Kv, acknowledged: u64, batch: u64) -> Verdict {
        let is_there = |(key, value): &&Pair| kv.get(key) == Some(value);
        let there = self.records.iter().take_while(is_there).count() as u64;
        let before = self.survived();
        let promised = before.saturating_add(acknowledged);
        let since = there.saturating_sub(before);
        let is_half = !since.is_multiple_of(batch.max(1)) && there < self.len();
        self.survived = usize::try_from(there).unwrap_or(usize::MAX);
        Verdict {
            lost: promised.saturating_sub(there),
            unsaid: there.saturating_sub(promised),
            halves: u64::from(is_half),
            strange: (kv.len() as u64).saturating_sub(there),
        }
    }
}

#[cfg(test)]
#[path = "../../../tests/inside/the_demo_sees_every_loss.rs"]
mod the_demo_sees_every_loss;
