//! A save between its two phases.

use std::sync::Arc;

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Precondition, Result, Staged};

use super::pace::Watch;
use super::shared::Shared;
use crate::simulation::{Directory, FileSystem, Native};
use crate::temporary::{Overwrite, Temporary, Unpublished};

/// A new value of a key on its way: a temporary file beside the key's own. Dropping it removes that
/// file.
///
/// It keeps the directory's lock alive, so a save that was begun is finished under it or not at
/// all.
#[derive(Debug)]
pub struct StagedFile<F: FileSystem = Native> {
    temporary: Temporary<F>,
    watch: Watch,
    key: Key,
    /// The folder that the key was in when this began; none for a key of the root.
    folder: Option<<F::Directory as Directory>::Identity>,
    shared: Arc<Shared<F>>,
}

impl<F: FileSystem> StagedFile<F> {
    pub(super) fn begin(shared: &Arc<Shared<F>>, key: &Key) -> Result<Self> {
        let (temporary, folder) = shared.stage(key)?;
        Ok(Self {
            temporary,
            folder,
            watch: Watch::begin(&shared.appends),
            key: key.clone(),
            shared: Arc::clone(shared),
        })
    }

    fn add(&mut self, data: &[u8]) -> Result<()> {
        let pace = self.watch.pace(&self.shared.appends, data.len());
        self.temporary.write(data, pace)
    }

    fn publish(self, precondition: Precondition) -> Result<()> {
        let overwrite = match precondition {
            Precondition::None => Overwrite::Yes,
            Precondition::Absent => Overwrite::No,
        };
        self.shared.ensure_held(&self.key)?;
        self.shared.streams.forget_if_clean(&self.key);
        self.shared.last_read.forget(&self.key);
        let place = self.temporary.place().display().to_string();
        let published = self
            .temporary
            .publish(overwrite, Some(&self.shared.name_turn));
        let outcome = published.map_err(|unpublished| match unpublished {
            Unpublished::Taken => PersistenceError::AlreadyExists { place },
            Unpublished::Failed(failure) if failure.is_outcome_unknown() => failure,
            // A successor removes the temporary files that it finds: what failed then is not the
            // file system.
            Unpublished::Failed(failure) => match self.shared.ensure_held(&self.key) {
                Err(fenced @ PersistenceError::Fenced { .. }) => fenced,
                _ => failure,
            },
        });
        let is_replaced = outcome
            .as_ref()
            .map_or_else(PersistenceError::is_outcome_unknown, |()| true);
        if is_replaced {
            // An open stream of this key is the old file: nothing may be appended to that.
            self.shared.streams.forget(&self.key);
        }
        outcome?;
        if let Some(folder) = self.folder {
            self.shared.ensure_in_place(&self.key, &folder)?;
        }
        // The last look: who opens after it, finds this save.
        self.shared.ensure_held_after(&self.key)
    }
}

impl<F: FileSystem> Staged for StagedFile<F> {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        self.add(&data)
    }

    async fn write_borrowed(&mut self, data: &[u8]) -> Result<()> {
        self.add(data)
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        self.publish(precondition)
    }
}
