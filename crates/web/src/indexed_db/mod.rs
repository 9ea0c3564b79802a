//! A database of the browser as a storage backend.
//!
//! * `stage`, `commit`: write rows under a new name, then the head that names them. The publication
//!   is one transaction, with everything that fits into memory.
//! * `append`: only remembers the bytes. No transaction.
//! * `sync`: writes one row for everything appended since, and the head. One transaction.
//! * `delete`: removes the head and its rows. One transaction.
//! * `read`, `list`: read head and rows as of one moment. One transaction.
//!
//! Every transaction that changes something asks for `durability: "strict"`. It is over at its
//! `complete` event and never before. It first checks the fence: whether this handle may still
//! write. The layout of rows and heads is in `schema`.

mod bindings;
mod connection;
mod disk;
mod ear;
#[cfg_attr(feature = "npm", path = "holder_unnamed.rs")]
mod holder;
mod list;
mod new_log;
mod open;
mod options;
mod read;
mod schema;
mod shared;
mod staged;
mod stream;
mod streams;
mod transaction;
mod write;

use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Entry, Key, Prefix, Result, StorageBackend, Survives};

pub use self::options::{Durability, Options};
use self::shared::Shared;
pub use self::staged::StagedRows;
use crate::global;
use crate::slot::detached;

/// A database of the browser that keeps named streams of bytes, for windows and workers.
///
/// Clones share the database and the right to write. That right ends when the last clone, the last
/// [`StagedRows`] and the last transaction under way are gone.
///
/// ```
/// # #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
/// # async fn example() -> Result<(), steadfast_core::PersistenceError> {
/// use steadfast_core::{Kv, Store, StoreOptions};
/// use steadfast_web::IndexedDbBackend;
///
/// let backend = IndexedDbBackend::open("notes").await?;
/// let store: Store<Kv, _> = Store::open(backend, StoreOptions::default()).await?;
/// store.commit(Kv::put("planet", "Mars")?).await?; // Ok: it survives a power failure
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct IndexedDbBackend {
    shared: Rc<Shared>,
}

impl IndexedDbBackend {
    /// Opens the store `name` of this site for writing, and makes it where there is none.
    ///
    /// # Errors
    /// * [`Locked`](steadfast_core::PersistenceError::Locked) while another tab or worker writes;
    ///   it says which.
    /// * [`Evicted`](steadfast_core::PersistenceError::Evicted) where a store was and the browser,
    ///   or somebody, has removed it.
    /// * [`PermissionDenied`](steadfast_core::PersistenceError::PermissionDenied) where this page
    ///   may not store anything, [`StorageFull`](steadfast_core::PersistenceError::StorageFull),
    ///   [`NewerFormat`](steadfast_core::PersistenceError::NewerFormat),
    ///   [`Io`](steadfast_core::PersistenceError::Io); each with the name of the browser's
    ///   exception.
    pub async fn open(name: &str) -> Result<Self> {
        Self::open_with(name, Options::default()).await
    }

    /// [`open`](Self::open), with options.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); for reading,
    /// [`NoStore`](steadfast_core::PersistenceError::NoStore) where there is none.
    pub async fn open_with(name: &str, options: Options) -> Result<Self> {
        let name = name.to_owned();
        // Detached: an open runs to its end, and what it has opened is closed again where the
        // caller has gone.
        let opening = detached(async move { open::open_store(&name, options).await });
        let shared = opening.await?;
        Ok(Self { shared })
    }

    /// Deletes the store `name` with everything in it, so that the next open begins a new one. An
    /// absent store is fine.
    ///
    /// # Errors
    /// [`Locked`](steadfast_core::PersistenceError::Locked) while somebody writes it, and the
    /// browser's.
    pub async fn destroy(name: &str) -> Result<()> {
        let name = name.to_owned();
        detached(async move { open::destroy(&name, Options::default()).await }).await
    }

    /// Fails where this handle has become useless without having noticed: a change through it would
    /// fail as well. Costs one transaction that reads one row.
    ///
    /// # Errors
    /// [`Removed`](steadfast_core::PersistenceError::Removed) where the site's data was cleared or
    /// the store deleted, also if another one was made under its name;
    /// [`Fenced`](steadfast_core::PersistenceError::Fenced) where another tab has taken over; the
    /// browser's.
    pub async fn ensure_ours(&self) -> Result<()> {
        let shared = Rc::clone(&self.shared);
        detached(async move { shared.ensure_ours().await }).await
    }

    /// The durability that the browser said it gives when this handle was opened: `strict` or
    /// `relaxed`. `None` where the browser does not say, and on a handle for reading.
    #[must_use]
    pub fn granted_durability(&self) -> Option<&str> {
        self.shared.granted.as_deref()
    }
}

impl std::fmt::Debug for IndexedDbBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexedDbBackend")
            .field("place", &self.shared.place)
            .finish_non_exhaustive()
    }
}

impl StorageBackend for IndexedDbBackend {
    type Staged = StagedRows;

    fn location(&self) -> String {
        self.shared.place.clone()
    }

    /// A power loss, where the browser says that its transactions are `strict`; else a process
    /// crash.
    fn survives(&self) -> Survives {
        match self.granted_durability() {
            Some("strict") => Survives::PowerLoss,
            _ => Survives::ProcessCrash,
        }
    }

    fn is_exclusive(&self) -> bool {
        self.shared
            .office
            .as_ref()
            .is_some_and(|office| office.lock.is_some())
    }

    fn unique(&self) -> u64 {
        global::random()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        let (shared, key) = (Rc::clone(&self.shared), key.clone());
        detached(async move { shared.read(&key, range).await }).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        let (shared, prefix) = (Rc::clone(&self.shared), prefix.clone());
        detached(async move { shared.list(&prefix).await }).await
    }

    /// As the trait says, and durable at once.
    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.atomic_write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.shared.append(key, position, data).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        self.shared.sync(key).await
    }

    async fn stage(&self, key: &Key) -> Result<StagedRows> {
        self.shared.writable("save", Some(key))?;
        Ok(StagedRows::begin(&self.shared, key))
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.shared.delete(key).await
    }
}
