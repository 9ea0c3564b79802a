//! The origin's private files as a storage backend, in dedicated workers.
//!
//! ```text
//! save      bytes into a free file ─► flush ─► head: "this is `key`, generation 7" ─► flush
//!           ─► the old file is free
//! append    bytes at the end of the key's file         sync: flush
//! ```
//! The private file system has no atomic replace. What replaces a value is the head of a file, a
//! sector with a checksum that stands there twice and is changed one copy at a time: see `head`.
//! All files are opened ahead, because opening is the only thing about them that takes an event
//! loop: so a pool of a fixed size is [`Immediate`], and a growing one waits only when it grows.
//!
//! **It declares [`Survives::ProcessCrash`] and no more.** Whatever is flushed, a power cut can
//! take a whole file that was made shortly before: Chromium does not flush the directory that it is
//! in, and gives nobody a way to. Data that must outlive a power cut belongs into
//! [`IndexedDbBackend`](crate::IndexedDbBackend), which is slower.

mod file;
mod folder;
mod head;
mod memory;
mod open;
mod pool;
mod presence;
mod shared;
mod staged;
mod stream;

use std::marker::PhantomData;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Entry, Immediate, Key, Prefix, Result, StorageBackend, Survives};

pub use self::open::OpfsOptions;
use self::shared::Shared;
pub use self::staged::StagedSlot;
use crate::global;
use crate::slot::detached;

/// What becomes of a pool that has no free file left: [`Growing`] or [`Fixed`].
pub trait PoolKind: sealed::Sealed + 'static {
    /// Whether it grows.
    const GROWS: bool;
}

/// Opens more files, which takes a turn of the event loop.
#[derive(Clone, Copy, Debug)]
pub struct Growing;

/// Answers with an error that says so; and never suspends.
#[derive(Clone, Copy, Debug)]
pub struct Fixed;

impl PoolKind for Growing {
    const GROWS: bool = true;
}

impl PoolKind for Fixed {
    const GROWS: bool = false;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Growing {}
    impl Sealed for super::Fixed {}
}

/// Private files that keep named streams of bytes, in a dedicated worker.
///
/// Clones share the files and the turn to write, which ends when the last clone and the last
/// [`StagedSlot`] are gone.
///
/// ```
/// # #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
/// # async fn example() -> Result<(), steadfast_core::PersistenceError> {
/// use steadfast_core::{Kv, Store, StoreOptions};
/// use steadfast_web::OpfsBackend;
///
/// let backend = OpfsBackend::open("scratch").await?;
/// let store: Store<Kv, _> = Store::open(backend, StoreOptions::default()).await?;
/// store.commit(Kv::put("planet", "Mars")?).await?; // Ok: it survives a crash of the browser
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct OpfsBackend<P: PoolKind = Growing> {
    shared: Rc<Shared>,
    kind: PhantomData<P>,
}

impl<P: PoolKind> Clone for OpfsBackend<P> {
    fn clone(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
            kind: PhantomData,
        }
    }
}

impl OpfsBackend {
    /// Opens the store `name` of this site for writing, and makes it where there is none.
    ///
    /// # Errors
    /// * [`Locked`](steadfast_core::PersistenceError::Locked) while another worker has it; it says
    ///   which.
    /// * [`Evicted`](steadfast_core::PersistenceError::Evicted) where a store was and is gone.
    /// * [`Io`](steadfast_core::PersistenceError::Io) where this browser has no private files, or
    ///   this is no dedicated worker; [`Corrupt`](steadfast_core::PersistenceError::Corrupt),
    ///   [`StorageFull`](steadfast_core::PersistenceError::StorageFull).
    pub async fn open(name: &str) -> Result<Self> {
        Self::open_with(name, OpfsOptions::default()).await
    }

    /// [`open`](Self::open), with options.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn open_with(name: &str, options: OpfsOptions) -> Result<Self> {
        open_any(name, options).await
    }

    /// Deletes the store `name` with everything in it. An absent store is fine.
    ///
    /// # Errors
    /// [`Locked`](steadfast_core::PersistenceError::Locked) while somebody has it, and the
    /// browser's.
    pub async fn destroy(name: &str) -> Result<()> {
        let name = name.to_owned();
        detached(async move { open::destroy(&name).await }).await
    }
}

impl OpfsBackend<Fixed> {
    /// [`open`](OpfsBackend::open), with as many files ahead as the options say and never more: for
    /// synchronous programs.
    ///
    /// # Errors
    /// Those of [`open`](OpfsBackend::open).
    pub async fn open_fixed(name: &str, options: OpfsOptions) -> Result<Self> {
        open_any(name, options).await
    }
}

async fn open_any<P: PoolKind>(name: &str, options: OpfsOptions) -> Result<OpfsBackend<P>> {
    let name = name.to_owned();
    // Detached: an open that is dropped half way must not leave handles that nobody closes.
    let opening = detached(async move { open::open_store(&name, options, P::GROWS).await });
    Ok(OpfsBackend {
        shared: Rc::new(opening.await?),
        kind: PhantomData,
    })
}

impl<P: PoolKind> OpfsBackend<P> {
    /// Fails where this handle is of no more use although nothing told it so.
    ///
    /// # Errors
    /// [`Removed`](steadfast_core::PersistenceError::Removed) where the site's data was cleared or
    /// the store deleted; [`Fenced`](steadfast_core::PersistenceError::Fenced) where another worker
    /// has taken the lock.
    pub async fn ensure_ours(&self) -> Result<()> {
        self.shared.writable()?;
        let (look, shared) = (self.shared.presence.look(), Rc::clone(&self.shared));
        detached(async move { look.ensure_present(&shared.place).await }).await
    }

    /// Opens more files where there is none for the next key, if the pool may grow.
    async fn make_room(&self) -> Result<()> {
        if P::GROWS && self.shared.pool.free_len() == 0 {
            let shared = Rc::clone(&self.shared);
            return detached(async move { shared.pool.grow().await }).await;
        }
        Ok(())
    }
}

impl<P: PoolKind> StorageBackend for OpfsBackend<P> {
    type Staged = StagedSlot;

    fn location(&self) -> String {
        self.shared.place.clone()
    }

    fn survives(&self) -> Survives {
        Survives::ProcessCrash
    }

    /// The handles are: nobody else can open the files.
    fn is_exclusive(&self) -> bool {
        true
    }

    fn unique(&self) -> u64 {
        global::random()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.shared.read(key, range)
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        Ok(self.shared.list(prefix))
    }

    /// As the trait says, and atomic.
    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.atomic_write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        if self.shared.needs_file(key, position) {
            self.make_room().await?;
        }
        self.shared.append(key, position, &data)
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        let look = self.shared.look();
        self.shared.sync(key)?;
        self.shared.ensure_present(look).await?;
        self.shared.note_keys().await;
        Ok(())
    }

    async fn stage(&self, key: &Key) -> Result<StagedSlot> {
        self.make_room().await?;
        let file = self.shared.take(key)?;
        Ok(StagedSlot::begin(&self.shared, key, file))
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.shared.forget_last(key).await;
        self.shared.delete(key)?;
        self.shared.close_long().await
    }
}

impl Immediate for OpfsBackend<Fixed> {}
