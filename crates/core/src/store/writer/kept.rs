//! Publishes which snapshots are kept.

use super::Writer;
use crate::backend::StorageBackend;
use crate::error::Result;
use crate::manifest::Manifest;
use crate::store::control::Kept;

impl Writer {
    /// Publishes a manifest that names a new snapshot, and no longer names what it makes
    /// unnecessary. For [`Kept::Only`], publishes two that name only the newest snapshot and the
    /// log behind it, so that everything else can be deleted. Returns the two newest manifests.
    pub(in crate::store) async fn publish_kept<B: StorageBackend>(
        &mut self,
        backend: &B,
        kept: Kept,
    ) -> Result<(Manifest, Option<Manifest>)> {
        let mut new = match kept {
            Kept::Also(snapshot) => Some(snapshot),
            Kept::Only(_) => None,
        };
        while new.is_some() || self.has_others(kept) {
            let mut next = self.manifest.clone();
            match new.take() {
                Some(snapshot) => next.retain_with(snapshot),
                None => next.retain_newest(),
            }
            self.publish(backend, next).await?;
        }
        let previous = self.previous.as_deref().cloned();
        Ok((Manifest::clone(&self.manifest), previous))
    }

    /// Whether one of the two newest manifests names more than is to be kept. It is never so after
    /// [`finish`](Self::finish), because recovery needs a predecessor with an open segment.
    fn has_others(&self, kept: Kept) -> bool {
        let newest = self.manifest.snapshots.last();
        matches!((kept, newest), (Kept::Only(id), Some(newest)) if newest.id == id)
            && self.has_open_segment()
            && [Some(&self.manifest), self.previous.as_ref()]
                .into_iter()
                .flatten()
                .any(|manifest| manifest.spare_len() > 0)
    }
}
