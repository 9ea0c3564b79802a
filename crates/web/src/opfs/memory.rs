//! Whether a store is remembered to hold keys: its files can be removed one by one.
//!
//! A script that removes the folder while files of it are open, or while a store is being opened,
//! removes some of them. What is left can be files that wait for a key, as in a store of which
//! nothing was ever saved. So a note outside of the files says that there were keys, and a store
//! without any is `Evicted` then. The note is removed before the last key is.
//!
//! As with every witness: one that cannot be had is no reason to refuse to save.

use std::cell::Cell;

use crate::slot::detached;
use crate::witness;

/// The note of one opened store.
#[derive(Debug)]
pub(super) struct Memory {
    place: String,
    is_noted: Cell<bool>,
}

impl Memory {
    /// That of the store whose witness has this name.
    pub(super) fn of(full_name: &str) -> Self {
        Self {
            place: format!("{full_name} with keys"),
            is_noted: Cell::new(false),
        }
    }

    /// Whether there were keys when the store was last open.
    pub(super) async fn has_keys(&self) -> bool {
        witness::remembers(&self.place).await
    }

    /// Notes that there are keys, once.
    pub(super) async fn note(&self) {
        if !self.is_noted.replace(true) {
            witness::note(&self.place).await;
        }
    }

    /// The last key is about to go.
    pub(super) async fn forget(&self) {
        self.is_noted.set(false);
        witness::forget(&self.place).await;
    }

    /// The same, for a caller that cannot wait.
    pub(super) fn forget_soon(&self) {
        self.is_noted.set(false);
        let place = self.place.clone();
        drop(detached(async move { witness::forget(&place).await }));
    }
}
