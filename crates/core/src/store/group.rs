//! Commits that share one flush, and those who wait for it.

use std::sync::OnceLock;

use event_listener::Event;

use crate::error::Result;
use crate::ids::Lsn;

/// The fate of all commits of one turn, or of one other request.
#[derive(Debug, Default)]
pub(super) struct Group {
    outcome: OnceLock<Result<Lsn>>,
    pub(super) event: Event,
}

impl Group {
    /// Settles the outcome, once, and wakes all who wait. `Ok` carries the number of the group's first commit.
    pub(super) fn settle(&self, outcome: Result<Lsn>) {
        // A second outcome can only be the one that a dropped turn gives to what it has not finished.
        let _ = self.outcome.set(outcome);
        self.event.notify(usize::MAX);
    }

    pub(super) fn outcome(&self) -> Option<&Result<Lsn>> {
        self.outcome.get()
    }
}
