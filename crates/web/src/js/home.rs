//! Where a database lives: one type for every home, so that the core is compiled once.

use std::ops::Range;

use bytes::Bytes;
use steadfast_core::{
    Entry, Key, Precondition, Prefix, Result, Staged, StorageBackend, Survives,
};

use super::shelf::{Shelf, ShelfStaged};

use crate::{IndexedDbBackend, Options};

/// A backend chosen by name.
pub(super) enum Home {
    /// Nothing outlives the page: for tests.
    Memory(Shelf),
    /// The durable home.
    IndexedDb(IndexedDbBackend),
}

/// A save to a [`Home`] between its two phases.
pub(super) enum HomeStaged {
    /// In memory.
    Memory(ShelfStaged),
    /// In `IndexedDB`.
    IndexedDb(<IndexedDbBackend as StorageBackend>::Staged),
}

/// What a home is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To write. A home whose contents were evicted is an error.
    Write,
    /// To write what is to take the place of whatever is there, evicted or not.
    Replace,
    /// To look: nothing is written.
    Read,
}

impl Home {
    /// Opens the home of this kind and name: `memory`, or else `IndexedDB`.
    pub(super) async fn open(storage: &str, name: &str, purpose: Purpose) -> Result<Self> {
        if storage == "memory" {
            return Ok(Self::Memory(Shelf::default()));
        }
        let options = match purpose {
            Purpose::Write => Options::default(),
            Purpose::Replace => Options::default().accept_loss(),
            Purpose::Read => Options::default().read_only(),
        };
        IndexedDbBackend::open_with(name, options)
            .await
            .map(Self::IndexedDb)
    }

    /// Deletes a home with everything in it.
    pub(super) async fn destroy(storage: &str, name: &str) -> Result<()> {
        match storage {
            "memory" => Ok(()),
            _ => IndexedDbBackend::destroy(name).await,
        }
    }
}

/// The same call on whichever home it is.
macro_rules! on {
    ($self:ident, $home:ident => $call:expr) => {
        match $self {
            Self::Memory($home) => $call,
            Self::IndexedDb($home) => $call,
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
            Self::IndexedDb(home) => home.stage(key).await.map(HomeStaged::IndexedDb),
        }
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        on!(self, home => home.delete(key).await)
    }

    async fn atomic_write(&self, key: &Key, data: Bytes) -> Result<()> {
        on!(self, home => home.atomic_write(key, data).await)
    }

    async fn atomic_create(&self, key: &Key, data: Bytes) -> Result<()> {
        on!(self, home => home.atomic_create(key, data).await)
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
