//! What a workload does.

use std::sync::Arc;

use steadfast_core::{Result, State};

type Make<O> = Arc<dyn Fn() -> Result<O>>;

/// One thing that a script does.
pub(super) enum Step<S: State> {
    /// Commits the operation that this makes.
    Commit(Make<S::Operation>),
    /// Takes a snapshot.
    Snapshot,
    /// Compacts the store: keeps a snapshot of the state, and nothing else.
    Compact,
    /// Drops the store and opens it again.
    Reopen,
}

impl<S: State> Clone for Step<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Commit(make) => Self::Commit(Arc::clone(make)),
            Self::Snapshot => Self::Snapshot,
            Self::Compact => Self::Compact,
            Self::Reopen => Self::Reopen,
        }
    }
}

/// Commits, snapshots and reopenings, in order.
pub struct Script<S: State> {
    pub(super) steps: Vec<Step<S>>,
}

impl<S: State> Default for Script<S> {
    fn default() -> Self {
        Self { steps: Vec::new() }
    }
}

impl<S: State> Clone for Script<S> {
    fn clone(&self) -> Self {
        Self {
            steps: self.steps.clone(),
        }
    }
}

impl<S: State> Script<S> {
    /// A script that opens a store and does nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Then commits the operation that `make` returns. `make` is called again for every run, and
    /// must return the same operation each time.
    #[must_use]
    pub fn commit(mut self, make: impl Fn() -> Result<S::Operation> + 'static) -> Self {
        self.steps.push(Step::Commit(Arc::new(make)));
        self
    }

    /// Then takes a snapshot.
    #[must_use]
    pub fn snapshot(mut self) -> Self {
        self.steps.push(Step::Snapshot);
        self
    }

    /// Then [compacts](steadfast_core::Store::compact) the store.
    #[must_use]
    pub fn compact(mut self) -> Self {
        self.steps.push(Step::Compact);
        self
    }

    /// Then closes the store and opens it again.
    #[must_use]
    pub fn reopen(mut self) -> Self {
        self.steps.push(Step::Reopen);
        self
    }

    /// Does `other` after this one.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.steps.extend(other.steps);
        self
    }
}
