//! Snapshots of an open store: commits go on while one is written.

use std::sync::Arc;

use super::control::{Control, Slot};
use super::status::SnapshotInfo;
use super::turn::answer;
use super::{Core, Store};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::key::Prefix;
use crate::manifest::SnapshotEntry;
use crate::manifest::garbage::garbage;
use crate::snapshot::{SnapshotHeader, SnapshotManager};
use crate::state::State;

impl<S: State, B: StorageBackend> Store<S, B> {
    /// Whether the log has grown so long that a snapshot is worth its writing; see
    /// [`StoreOptions::snapshot_after`](crate::StoreOptions::snapshot_after).
    #[must_use]
    pub fn snapshot_is_due(&self) -> bool {
        self.0
            .shared
            .queue()
            .status
            .snapshot_is_due(&self.0.shared.options)
    }

    /// Saves the whole state now; afterwards the log before the older of the two newest snapshots is deleted.
    ///
    /// Commits go on meanwhile. Where nothing was committed since the last snapshot, that one is the answer. One snapshot is
    /// written at a time: a second call waits for the first.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit), and what the state's codec says. After an error the store is as it was.
    pub async fn snapshot(&self) -> Result<SnapshotInfo> {
        let turn = Turnstile::enter(&self.0.shared).await?;
        let still: Slot<_> = Slot::default();
        self.request(Control::Freeze(Arc::clone(&still))).await?;
        let still = answer(&still)?;
        let newest = self.status().snapshots.last().copied();
        if let Some(newest) = newest.filter(|newest| newest.lsn == still.lsn) {
            return Ok(newest);
        }
        let frozen = still.frozen.map_err(|e| PersistenceError::Codec {
            action: "encode the snapshot",
            reason: e.to_string(),
        })?;
        let backend = &self.0.shared.backend;
        let store = self.0.shared.store;
        let header = SnapshotHeader {
            store,
            id: still.id,
            lsn: still.lsn,
            state_version: S::VERSION,
            state_name: S::NAME.to_owned(),
        };
        let mut entry = SnapshotEntry {
            id: still.id,
            lsn: still.lsn,
            len: 0,
        };
        let manager = SnapshotManager::new(backend, store);
        entry.len = manager.save(&entry.key(), &header, frozen).await?;
        let published: Slot<_> = Slot::default();
        self.request(Control::Publish(entry, Arc::clone(&published)))
            .await?;
        let published = answer(&published)?;
        let listing = backend.list(&Prefix::ROOT).await?;
        for key in garbage(&listing, &published.newest, published.previous.as_ref()) {
            backend.delete(&key).await?;
        }
        drop(turn);
        Ok(SnapshotInfo::from(&entry))
    }

    /// Takes a snapshot whenever one is due, for as long as the store lives: to be spawned on whatever runs the program's background
    /// work. Ends with the error of the first snapshot that fails, or `Ok` once the store is gone.
    ///
    /// # Errors
    /// As for [`snapshot`](Self::snapshot).
    pub fn maintain(
        &self,
    ) -> impl Future<Output = Result<()>> + crate::maybe_send::MaybeSend + use<S, B> {
        let weak = Arc::downgrade(&self.0);
        let shared = Arc::downgrade(&self.0.shared);
        async move {
            loop {
                let listener = match shared.upgrade() {
                    Some(shared) => shared.housekeeping.listen(),
                    None => return Ok(()),
                };
                let due = {
                    let Some(handle) = weak.upgrade() else {
                        return Ok(());
                    };
                    let store = Self(handle);
                    store.0.shared.alive()?;
                    if store.snapshot_is_due() {
                        Some(store)
                    } else {
                        None
                    }
                };
                match due {
                    Some(store) => drop(store.snapshot().await?),
                    None => listener.await,
                }
            }
        }
    }
}

/// Lets one snapshot through at a time.
struct Turnstile<S: State, B: StorageBackend>(Core<S, B>);

impl<S: State, B: StorageBackend> Turnstile<S, B> {
    async fn enter(shared: &Core<S, B>) -> Result<Self> {
        loop {
            let listener = shared.housekeeping.listen();
            shared.alive()?;
            {
                let mut queue = shared.queue();
                if !queue.snapshotting {
                    queue.snapshotting = true;
                    return Ok(Self(Arc::clone(shared)));
                }
            }
            listener.await;
        }
    }
}

impl<S: State, B: StorageBackend> Drop for Turnstile<S, B> {
    fn drop(&mut self) {
        self.0.queue().snapshotting = false;
        self.0.housekeeping.notify(usize::MAX);
    }
}
