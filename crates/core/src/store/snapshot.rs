//! Snapshots of an open store: commits go on while one is written.

use std::sync::Arc;

use super::callback;
use super::control::{Control, Kept, Published, Slot, Still};
use super::open::delete_garbage;
use super::queue::Abandoned;
use super::status::SnapshotInfo;
use super::tried::Tried;
use super::turn::answer;
use super::writer::STRAYS_MAX;
use super::{Core, Store};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::manifest::SnapshotEntry;
use crate::snapshot::{Pieces, SnapshotHeader, SnapshotManager};
use crate::state::State;

impl<S: State, B: StorageBackend> Store<S, B> {
    /// Whether the log has grown so long that a snapshot is worth its cost; see
    /// [`StoreOptions::snapshot_after`](crate::StoreOptions::snapshot_after). After a failed
    /// snapshot the log must first grow by a further part of that length.
    #[must_use]
    pub fn snapshot_is_due(&self) -> bool {
        self.0
            .shared
            .queue()
            .status
            .snapshot_is_due(&self.0.shared.options)
    }

    /// Saves the whole state now. Afterwards the log before the older of the two newest snapshots
    /// is deleted.
    ///
    /// Commits go on meanwhile. If nothing was committed since the last snapshot, that one is
    /// returned. One snapshot is written at a time: a second call waits for the first.
    ///
    /// A snapshot that finds no space is tried once more, compressed. That takes more time, but
    /// only a snapshot frees the space of the log.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`] if the flush of earlier
    /// [`Durability::Buffered`](crate::Durability::Buffered) commits failed. Otherwise what the
    /// backend and the state's codec return. Then everything that was committed is there, and the
    /// store goes on unless it has ended itself.
    /// [`StoreStatus::snapshot_failure`](crate::StoreStatus::snapshot_failure) keeps the error
    /// until a snapshot succeeds.
    pub async fn snapshot(&self) -> Result<SnapshotInfo> {
        self.save_whole(false).await
    }

    /// Saves the whole state now, and keeps nothing else: neither another snapshot nor the log that
    /// is in the new one. Use it on a full disk, after deletions.
    ///
    /// What is kept only in case the newest snapshot is damaged is deleted first
    /// ([`StoreStatus::spare_len`](crate::StoreStatus::spare_len)), so that the new snapshot can
    /// use its space. That happens only after the newest snapshot was read back whole. Each step
    /// leaves a store that opens with everything that was committed. Until the next snapshot there
    /// is one copy of each commit, and no earlier point to go back to.
    ///
    /// # Errors
    /// As for [`snapshot`](Self::snapshot). [`PersistenceError::StorageFull`] if the state does not
    /// fit beside the newest snapshot and the log behind it. The damage, if the newest snapshot is
    /// damaged. Then nothing was deleted, and [`snapshot`](Self::snapshot) repairs it.
    pub async fn compact(&self) -> Result<SnapshotInfo> {
        self.save_whole(true).await
    }

    async fn save_whole(&self, alone: bool) -> Result<SnapshotInfo> {
        callback::ensure_can_snapshot(self.0.shared.address())?;
        let turn = Turnstile::enter(&self.0.shared).await?;
        let taken = self.save(alone).await.map_err(of_a_snapshot);
        let mut queue = self.0.shared.queue();
        match &taken {
            Ok(_) => queue.status.snapshot_succeeded(),
            Err(error) => queue
                .status
                .snapshot_failed(error.clone(), &self.0.shared.options),
        }
        drop(queue);
        drop(turn);
        taken
    }

    async fn save(&self, alone: bool) -> Result<SnapshotInfo> {
        // If the newest snapshot is damaged, what is kept for that case stays.
        self.release_others(alone).await?;
        let taken = self.take_snapshot().await?;
        self.release_others(alone).await?;
        Ok(taken)
    }

    /// Deletes everything but the newest snapshot and the log behind it, if that snapshot can be
    /// read back whole.
    async fn release_others(&self, alone: bool) -> Result<()> {
        let status = self.status();
        let Some(newest) = status.newest.filter(|_| alone && status.spare_len > 0) else {
            return Ok(());
        };
        let manager = SnapshotManager::new(&self.0.shared.backend, self.0.shared.store);
        manager.verify(&newest).await?;
        self.publish(Kept::Only(newest.id)).await
    }

    async fn take_snapshot(&self) -> Result<SnapshotInfo> {
        let mut strays_left = STRAYS_MAX;
        let mut pieces = Pieces::Plain;
        loop {
            let still: Slot<_> = Slot::default();
            self.request("a snapshot", Control::Freeze(Arc::clone(&still)))
                .await?;
            let still = answer(&still)?;
            let newest = self.status().snapshots.last().copied();
            if let Some(newest) = newest.filter(|newest| newest.lsn == still.lsn) {
                return Ok(newest);
            }
            let entry = match self.save_snapshot(still, pieces).await {
                // A foreign file or folder has the name; the next attempt has the next number.
                Err(PersistenceError::AlreadyExists { .. }) if strays_left > 0 => {
                    strays_left = strays_left.saturating_sub(1);
                    continue;
                }
                Err(error) if pieces.may_fit_compressed(&error) => {
                    pieces = Pieces::Compressed;
                    continue;
                }
                saved => saved.map_err(|error| pieces.failed(error).of_no_commit())?,
            };
            match self.publish(Kept::Also(entry)).await {
                // The snapshot left no space for the manifest. The store lives, so the snapshot is
                // deleted.
                Err(error)
                    if pieces.may_fit_compressed(&error) && self.0.shared.alive().is_ok() =>
                {
                    pieces = Pieces::Compressed;
                }
                published => return published.map(|()| SnapshotInfo::from(&entry)),
            }
        }
    }

    /// Publishes which snapshots are kept, and then deletes what is no longer needed.
    async fn publish(&self, kept: Kept) -> Result<()> {
        let backend = &self.0.shared.backend;
        let slot: Slot<_> = Slot::default();
        let published = self.request("a snapshot", Control::Publish(kept, Arc::clone(&slot)));
        if let Err(error) = published.await {
            // If the store lives, no manifest names the snapshot. Otherwise the next open finds
            // out.
            if let Kept::Also(entry) = kept
                && self.0.shared.alive().is_ok()
            {
                let _ = backend.delete(&entry.key()).await;
            }
            return Err(error);
        }
        let Published { newest, previous } = answer(&slot)?;
        delete_garbage(backend, &newest, previous.as_ref()).await;
        Ok(())
    }

    /// Saves the frozen state. No manifest names the snapshot yet.
    async fn save_snapshot(&self, still: Still, pieces: Pieces) -> Result<SnapshotEntry> {
        let frozen = still.frozen.map_err(|e| PersistenceError::Codec {
            action: "encode the snapshot",
            reason: e.to_string(),
        })?;
        let tried = Tried::<S>::new(frozen, self.0.shared.address());
        let backend = &self.0.shared.backend;
        let store = self.0.shared.store;
        let header = SnapshotHeader {
            store,
            id: still.id,
            lsn: still.lsn,
            salt: backend.unique(),
            state_version: S::VERSION,
            state_name: S::NAME.to_owned(),
        };
        let mut entry = SnapshotEntry {
            id: still.id,
            lsn: still.lsn,
            len: 0,
            salt: header.salt,
        };
        let manager = SnapshotManager::new(backend, store);
        let key = entry.key();
        let saved = manager.save(&key, &header, Box::new(tried), pieces);
        entry.len = saved.await?;
        Ok(entry)
    }

    /// Takes a snapshot whenever one is due, for as long as the store lives. Spawn it on whatever
    /// runs the program's background work. A snapshot that fails is tried again later: see
    /// [`maintain_with`](Self::maintain_with).
    ///
    /// # Errors
    /// The error that ended the store; `Ok` once its last handle is gone.
    pub fn maintain(
        &self,
    ) -> impl Future<Output = Result<()>> + crate::maybe_send::MaybeSend + use<S, B> {
        self.maintain_with(|_| {})
    }

    /// [`maintain`](Self::maintain), which passes the error of each failed snapshot to `failed`.
    ///
    /// After a failure the log stays. Nothing is lost, but the next open takes longer. The snapshot
    /// is tried again when the log has grown by an eighth of the length at which one is due. After
    /// the next failures it must grow by a quarter, by half of it, and then each time by the whole.
    ///
    /// # Errors
    /// As for [`maintain`](Self::maintain).
    pub fn maintain_with<F: Fn(&PersistenceError) + crate::maybe_send::MaybeSend>(
        &self,
        failed: F,
    ) -> impl Future<Output = Result<()>> + crate::maybe_send::MaybeSend + use<S, B, F> {
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
                    Some(store) => {
                        if let Err(error) = store.snapshot().await {
                            failed(&error);
                        }
                    }
                    None => listener.await,
                }
            }
        }
    }
}

/// The error of a failed snapshot. A snapshot commits nothing: only commits that were not flushed
/// before it can be unknown.
fn of_a_snapshot(error: PersistenceError) -> PersistenceError {
    match error {
        // The batch that the snapshot waited for was abandoned.
        PersistenceError::OutcomeUnknown { source, .. } if source.is::<Abandoned>() => {
            PersistenceError::Poisoned { cause: source }
        }
        other => other,
    }
}

/// Lets one snapshot run at a time.
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
