//! Runs a backend that blocks, for programs that must not block.
//!
//! Each call moves to a thread of a pool, with owned arguments, and the future waits for its end.
//! So a flush does not hold up the executor. If a future is dropped, its operation either has not
//! begun or runs to its end; it is never half done.
//!
//! A fork has none of the pool's threads, so its calls are refused: they would wait for ever.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use steadfast_core::{
    Entry, Immediate, Key, PersistenceError, Precondition, Prefix, Result, Staged, StorageBackend,
    Survives,
};
use unblock::unblock;

use crate::opener::Opener;

/// Moves the calls of `B` to a thread pool, for use from any executor.
///
/// ```
/// use steadfast::{FileBackend, Kv, Store, StoreOptions, Threaded};
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("store");
/// # pollster::block_on(async {
/// let backend = Threaded::open(move || FileBackend::open(path)).await?;
/// let store: Store<Kv, _> = Store::open(backend, StoreOptions::default()).await?;
/// store.commit(Kv::put("planet", "Mars")?).await?;
/// # Ok::<(), steadfast::PersistenceError>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Threaded<B> {
    backend: Arc<B>,
    opener: Opener,
}

impl<B> Clone for Threaded<B> {
    fn clone(&self) -> Self {
        Self {
            backend: Arc::clone(&self.backend),
            opener: self.opener,
        }
    }
}

impl<B: Immediate + Send + Sync> Threaded<B> {
    /// Opens a backend on the pool.
    ///
    /// # Errors
    /// The error of `open`.
    pub async fn open(open: impl FnOnce() -> Result<B> + Send + 'static) -> Result<Self> {
        unblock(open).await.map(Self::new)
    }

    /// Wraps an open backend.
    pub fn new(backend: B) -> Self {
        Self {
            backend: Arc::new(backend),
            opener: Opener::new(),
        }
    }

    /// Runs `call` on the pool.
    async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce(&B) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.opener
            .ensure_this_process(|| self.backend.location())?;
        let backend = Arc::clone(&self.backend);
        unblock(move || call(&backend)).await
    }
}

impl<B: Immediate + Send + Sync> StorageBackend for Threaded<B>
where
    B::Staged: Send,
{
    type Staged = ThreadedStaged<B::Staged>;

    fn location(&self) -> String {
        self.backend.location()
    }

    fn survives(&self) -> Survives {
        self.backend.survives()
    }

    fn is_exclusive(&self) -> bool {
        self.backend.is_exclusive()
    }

    fn unique(&self) -> u64 {
        self.backend.unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.read(&key, range)))
            .await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        let prefix = prefix.clone();
        self.run(move |backend| pollster::block_on(backend.list(&prefix)))
            .await
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.write(&key, data)))
            .await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.append(&key, position, data)))
            .await
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.reserve(&key, until)))
            .await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.sync(&key)))
            .await
    }

    async fn stage(&self, key: &Key) -> Result<Self::Staged> {
        let key = key.clone();
        let staged = self
            .run(move |backend| pollster::block_on(backend.stage(&key)))
            .await?;
        Ok(ThreadedStaged {
            staged: Some(staged),
            place: self.backend.location(),
            opener: self.opener,
        })
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.delete(&key)))
            .await
    }

    async fn atomic_write(&self, key: &Key, data: Bytes) -> Result<()> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.atomic_write(&key, data)))
            .await
    }

    async fn atomic_create(&self, key: &Key, data: Bytes) -> Result<()> {
        let key = key.clone();
        self.run(move |backend| pollster::block_on(backend.atomic_create(&key, data)))
            .await
    }
}

/// A save to a [`Threaded`] backend between its two phases. A write lends it to a thread. If the
/// write's future is dropped, the save is dropped too.
#[derive(Debug)]
pub struct ThreadedStaged<T> {
    staged: Option<T>,
    place: String,
    opener: Opener,
}

impl<T> ThreadedStaged<T> {
    fn take(&mut self) -> Result<T> {
        self.opener.ensure_this_process(|| self.place.clone())?;
        self.staged
            .take()
            .ok_or_else(|| PersistenceError::Poisoned {
                cause: Arc::new(Cancelled),
            })
    }
}

impl<T: Staged + Send> Staged for ThreadedStaged<T> {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        let mut staged = self.take()?;
        let (staged, written) = unblock(move || {
            let written = pollster::block_on(staged.write(data));
            (staged, written)
        })
        .await;
        self.staged = Some(staged);
        written
    }

    async fn commit(mut self, precondition: Precondition) -> Result<()> {
        let staged = self.take()?;
        unblock(move || pollster::block_on(staged.commit(precondition))).await
    }
}

#[derive(Debug)]
struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a write to this save was cancelled")
    }
}

impl std::error::Error for Cancelled {}
