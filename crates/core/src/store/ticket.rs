//! A commit that waits for its flush.

use std::sync::Arc;

use super::drive;
use super::group::Group;
use super::shared::Handle;
use crate::backend::StorageBackend;
use crate::error::Result;
use crate::ids::Lsn;
use crate::state::State;

/// A commit that waits for the next flush. Dropping it does not withdraw the commit.
#[must_use = "nothing moves until some ticket or commit is awaited"]
pub struct Ticket<S: State, B: StorageBackend> {
    handle: Arc<Handle<S, B>>,
    group: Arc<Group>,
    index: u64,
}

impl<S: State, B: StorageBackend> Ticket<S, B> {
    pub(super) fn new(handle: Arc<Handle<S, B>>, group: Arc<Group>, index: u64) -> Self {
        Self {
            handle,
            group,
            index,
        }
    }

    /// The number of the group of commits that are answered together, and the index of this commit
    /// in the group. No two groups of a program have the same number.
    ///
    /// For executors: poll the first commit of a group by itself, so that it leads the flush. All
    /// others may wait with one waker and are then woken by one call.
    #[must_use]
    pub fn place(&self) -> (u64, u64) {
        (self.group.number(), self.index)
    }

    /// Waits until the commit is durable and applied. Returns its number in the store's history.
    ///
    /// # Errors
    /// Inside a function that this store calls,
    /// [`PersistenceError::OutcomeUnknown`](crate::PersistenceError::OutcomeUnknown): the commit
    /// still waits. Otherwise as for [`Store::commit`](crate::Store::commit).
    pub async fn wait(self) -> Result<Lsn> {
        let first = drive::outcome(&self.handle.shared, &self.group).await?;
        Ok(Lsn::new(first.get().saturating_add(self.index)))
    }
}
