//! Where a database lives: one type for both homes that a build has, so that the core is compiled
//! once.

use std::ops::Range;

use bytes::Bytes;
use steadfast_core::{
    Entry, Key, PersistenceError, Precondition, Prefix, Result, Staged, StorageBackend, Survives,
};

use super::disk::{self, Disk, Purpose};
use super::shelf::{Shelf, ShelfStaged};
use crate::WhenLocked;

/// A backend chosen by name.
pub(super) enum Home {
    /// Nothing outlives the page.
    Memory(Shelf),
    /// The browser's.
    Disk(Disk),
}

/// A save to a [`Home`] between its two phases.
pub(super) enum HomeStaged {
    /// In memory.
    Memory(ShelfStaged),
    /// The browser's.
    Disk(<Disk as StorageBackend>::Staged),
}

impl Home {
    /// Opens the home of this kind and name: `memory`, or else the browser's.
    pub(super) async fn open(
        storage: &str,
        name: &str,
        purpose: Purpose,
        when: WhenLocked,
    ) -> Result<Self> {
        match (storage, purpose) {
            // What was in memory went with whoever held it, and nobody else ever sees it.
            ("memory", Purpose::GoOn) => Err(PersistenceError::Evicted {
                place: storage.to_owned(),
            }),
            ("memory", Purpose::Read) => Err(PersistenceError::NoStore {
                place: storage.to_owned(),
            }),
            ("memory", _) => Ok(Self::Memory(Shelf::default())),
            _ => disk::open(name, purpose, when).await.map(Self::Disk),
        }
    }

    /// Fails where the home is gone, or another writer's.
    pub(super) async fn ensure_ours(&self) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Disk(disk) => disk.ensure_ours().await,
        }
    }
}

/// The same call on whichever home it is.
macro_rules! on {
    ($self:ident, $home:ident => $call:expr) => {
        match $self {
            Self::Memory($home) => $call,
            Self::Disk($home) => $call,
        }
    };
}

impl StorageBackend for Home {
    type Staged = HomeStaged;

    fn location(&self) -> String {
        on!(self, home => home.location())
    }

    fn survives(&self) -> Survives {
        on!(self, home => home.survives())
    }

    fn is_exclusive(&self) -> bool {
        on!(self, home => home.is_exclusive())
    }

    fn unique(&self) -> u64 {
        on!(self, home => home.unique())
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        on!(self, home => home.read(key, range).await)
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        on!(self, home => home.list(prefix).await)
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        on!(self, home => home.write(key, data).await)
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        on!(self, home => home.append(key, position, data).await)
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        on!(self, home => home.sync(key).await)
    }

    async fn stage(&self, key: &Key) -> Result<HomeStaged> {
        match self {
            Self::Memory(home) => home.stage(key).await.map(HomeStaged::Memory),
            Self::Disk(home) => home.stage(key).await.map(HomeStaged::Disk),
        }
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        on!(self, home => home.delete(key).await)
    }
}

impl Staged for HomeStaged {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        on!(self, staged => staged.write(data).await)
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        on!(self, staged => staged.commit(precondition).await)
    }
}
