//! A backup on its way out: a new store that gets the pairs page by page.
//!
//! The store is a log in memory. A segment that is finished never changes, so it can be taken away
//! before the next page is added: at no time there is more in memory than a page and a segment. The
//! manifest, which makes the rest a store, comes last.

use steadfast_core::{KvBatch, Result, Store, StoreOptions};

use super::home::Home;
use super::live::Live;
use super::shelf::Shelf;
use super::values;

/// A backup is made of commits this long, in bytes.
const COMMIT_LEN: usize = 8 << 20;
/// Where the log is.
const SEGMENTS: &str = "wal/";

pub(super) struct Packer {
    store: Store<Live, Home>,
    shelf: Shelf,
}

impl Packer {
    pub(super) async fn begin() -> Result<Self> {
        let shelf = Shelf::default();
        let home = Home::Memory(shelf.clone());
        let store: Store<Live, Home> = Store::open(home, StoreOptions::default()).await?;
        store.read(|live| live.forgets.set(true))?;
        let mut batch = KvBatch::new();
        values::mark(&mut batch)?;
        store.commit(batch).await?;
        Ok(Self { store, shelf })
    }

    /// Adds the user's pairs among these.
    pub(super) async fn add(&self, pairs: impl Iterator<Item = (&[u8], &[u8])>) -> Result<()> {
        let mut batch = KvBatch::new();
        let mut len = 0;
        for (key, value) in pairs.filter(|(key, _)| !key.starts_with(values::RESERVED)) {
            batch.put(key, value)?;
            len += key.len() + value.len();
            if len >= COMMIT_LEN {
                self.store.commit(std::mem::take(&mut batch)).await?;
                len = 0;
            }
        }
        if !batch.is_empty() {
            self.store.commit(batch).await?;
        }
        Ok(())
    }

    /// Takes out the segments that are finished.
    pub(super) fn finished(&self) -> Vec<(steadfast_core::Key, Vec<u8>)> {
        let open = self.shelf.last_under(SEGMENTS);
        self.shelf
            .take_streams(|key| key.as_str().starts_with(SEGMENTS) && Some(key) != open.as_ref())
    }

    /// Ends the store; what is still there is on the shelf.
    pub(super) async fn finish(self) -> Result<Shelf> {
        self.store.close().await?;
        Ok(self.shelf)
    }
}
