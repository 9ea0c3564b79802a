//! [`Store`](crate::Store) without a runtime.

use std::sync::Arc;

use steadfast_core::{
    Immediate, Lsn, PersistenceError, RecoveryReport, Result, SnapshotInfo, State, StoreStatus,
    ToCommit, TransactError,
};
#[cfg(feature = "file")]
use steadfast_file::FileBackend;

use super::block_on::block_on;
use super::housekeeper::Housekeeper;
#[cfg(feature = "file")]
use super::lock_timeout::retry_while_locked;
use super::options::Options;
use super::room::wait_in_room;
use crate::opener::Opener;

/// The default backend: files, if they are compiled in.
#[cfg(feature = "file")]
type DefaultBackend = FileBackend;
#[cfg(not(feature = "file"))]
type DefaultBackend = steadfast_core::MemoryBackend;

/// A state of type `S`, kept durable on the backend `B`. Clones are handles to the same store, for
/// any number of threads. Commits that wait at the same moment share one flush.
///
/// ```
/// use steadfast::{Kv, MemoryBackend, blocking::{Options, Store}};
/// let store: Store<Kv, _> = Store::open_on(MemoryBackend::new(), Options::default())?;
/// store.commit(Kv::put("planet", "Mars")?)?;
/// assert_eq!(store.read(|kv| kv.len())?, 1);
/// # Ok::<(), steadfast::PersistenceError>(())
/// ```
pub struct Store<S: State, B: Immediate = DefaultBackend>(Arc<Open<S, B>>);

impl<S: State, B: Immediate> Clone for Store<S, B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(feature = "file")]
impl<S: State> Store<S, FileBackend> {
    /// Opens the store in the directory `path` for writing, and creates it if there is none.
    ///
    /// # Errors
    /// [`PersistenceError::Locked`] if it is open already, [`PersistenceError::NotAStore`], and
    /// every kind of damage; nothing is changed then.
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self> {
        Self::open_with(path, Options::default())
    }

    /// [`open`](Self::open) with `options`. It can also wait for another program that has the store
    /// open.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// use steadfast::{Kv, blocking::{Options, Store}};
    /// let options = Options::default().lock_timeout(Duration::from_secs(5));
    /// let store: Store<Kv> = Store::open_with("./data.steadfast", options)?;
    /// # Ok::<(), steadfast::PersistenceError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`open`](Self::open). [`Locked`](PersistenceError::Locked) states how long the call
    /// waited.
    pub fn open_with(path: impl AsRef<std::path::Path>, options: Options) -> Result<Self> {
        let backend = retry_while_locked(options.lock_timeout, || FileBackend::open(&path))?;
        Self::open_on(backend, options)
    }
}

impl<S: State, B: Immediate> Store<S, B> {
    /// Opens the store on `backend` for writing, and creates it if there is none.
    ///
    /// # Errors
    /// Every kind of damage and mismatch; nothing is changed then.
    pub fn open_on(backend: B, options: Options) -> Result<Self> {
        let store = block_on(steadfast_core::Store::open(backend, options.store))?;
        let mut housekeeper = Housekeeper::default();
        if options.automatic_snapshots {
            housekeeper.take_snapshots(&store)?;
        }
        if let Some(interval) = options.flush_every {
            housekeeper.flush_every(&store, interval)?;
        }
        Ok(Self(Arc::new(Open {
            opener: Opener::new(),
            store: Some(store),
            housekeeper,
        })))
    }

    /// Reads the state that `backend` holds, without a lock and without writing anything. A writer
    /// may be alive.
    ///
    /// # Errors
    /// [`PersistenceError::NoStore`] if there is none; every kind of damage and mismatch.
    pub fn load(backend: &B) -> Result<(S, RecoveryReport)> {
        block_on(steadfast_core::Store::<S, B>::load(backend))
    }

    /// [`Store::commit`](crate::Store::commit): makes `operation` durable, then applies it.
    ///
    /// # Errors
    /// As there.
    pub fn commit(&self, operation: S::Operation) -> Result<Lsn> {
        let ticket = block_on(self.writer()?.submit(operation))?;
        match ticket.place() {
            (_, 0) => block_on(ticket.wait()),
            (group, _) => wait_in_room(group, ticket.wait()),
        }
    }

    /// [`Store::submit`](crate::Store::submit): queues `operation` for the next flush.
    ///
    /// # Errors
    /// As there.
    pub fn submit(&self, operation: S::Operation) -> Result<Ticket<S, B>> {
        block_on(self.writer()?.submit(operation)).map(|ticket| Ticket(ticket, self.0.opener))
    }

    /// [`Store::transact`](crate::Store::transact): reads, decides and commits with nothing in
    /// between.
    ///
    /// # Errors
    /// As there.
    pub fn transact<C, R, E>(
        &self,
        decide: impl FnOnce(&S) -> Result<(C, R), E> + Send + 'static,
    ) -> Result<R, TransactError<E>>
    where
        C: ToCommit<S::Operation>,
        R: Send + 'static,
        E: Send + 'static,
    {
        block_on(self.writer()?.transact(decide))
    }

    /// [`Store::read`](crate::Store::read): passes the state as of the last durable commit to
    /// `look`.
    ///
    /// # Errors
    /// As there.
    pub fn read<R>(&self, look: impl FnOnce(&S) -> R) -> Result<R> {
        self.core()?.read(look)
    }

    /// Makes everything that was committed so far durable.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit).
    pub fn flush(&self) -> Result<()> {
        block_on(self.writer()?.flush())
    }

    /// [`Store::snapshot`](crate::Store::snapshot): saves the whole state now.
    ///
    /// # Errors
    /// As there.
    pub fn snapshot(&self) -> Result<SnapshotInfo> {
        block_on(self.writer()?.snapshot())
    }

    /// [`Store::compact`](crate::Store::compact): saves the whole state now, and keeps nothing
    /// else.
    ///
    /// # Errors
    /// As there.
    pub fn compact(&self) -> Result<SnapshotInfo> {
        block_on(self.writer()?.compact())
    }

    /// Whether the log has grown so long that a snapshot is worth its cost.
    ///
    /// # Errors
    /// None while the store is open.
    pub fn snapshot_is_due(&self) -> Result<bool> {
        Ok(self.core()?.snapshot_is_due())
    }

    /// The current status of the store.
    ///
    /// # Errors
    /// None while the store is open.
    pub fn status(&self) -> Result<StoreStatus> {
        Ok(self.core()?.status())
    }

    /// What recovery did when this store was opened.
    ///
    /// # Errors
    /// None while the store is open.
    pub fn recovery(&self) -> Result<RecoveryReport> {
        Ok(self.core()?.recovery().clone())
    }

    /// Flushes, and ends this handle. The last handle closes the store, as
    /// [`Store::close`](crate::Store::close) does. Dropping the last handle does the same, but
    /// hides the error.
    ///
    /// # Errors
    /// As for [`flush`](Self::flush).
    pub fn close(self) -> Result<()> {
        match Arc::try_unwrap(self.0) {
            Ok(mut last) => last.close(),
            Err(shared) => Self(shared).flush(),
        }
    }

    /// The store, for calls that wait for a flush. Fails in a fork, because there the flush may
    /// never end.
    fn writer(&self) -> Result<&steadfast_core::Store<S, B>> {
        let store = self.core()?;
        self.0
            .opener
            .ensure_this_process(|| store.backend().location())?;
        Ok(store)
    }

    fn core(&self) -> Result<&steadfast_core::Store<S, B>> {
        self.0
            .store
            .as_ref()
            .ok_or_else(|| PersistenceError::Poisoned {
                cause: Arc::new(Closed),
            })
    }
}

/// A commit that waits for the next flush; see [`Store::submit`].
#[must_use = "nothing moves until some ticket or commit is waited for"]
pub struct Ticket<S: State, B: Immediate>(steadfast_core::Ticket<S, B>, Opener);

impl<S: State, B: Immediate> Ticket<S, B> {
    /// Waits until the commit is durable and applied. Returns its number in the store's history.
    ///
    /// # Errors
    /// As for [`Store::commit`].
    pub fn wait(self) -> Result<Lsn> {
        self.1.ensure_this_process(|| "the store".to_owned())?;
        block_on(self.0.wait())
    }
}

/// The store and its threads.
struct Open<S: State, B: Immediate> {
    opener: Opener,
    /// Taken only in `drop`.
    store: Option<steadfast_core::Store<S, B>>,
    housekeeper: Housekeeper,
}

impl<S: State, B: Immediate> Open<S, B> {
    fn close(&mut self) -> Result<()> {
        if !self.opener.is_this_process() {
            // The files, the lock and the threads belong to the parent. Only memory is left here.
            let Some(store) = self.store.take() else {
                return Ok(());
            };
            let refused = self
                .opener
                .ensure_this_process(|| store.backend().location());
            std::mem::forget(store);
            self.housekeeper.forget();
            return refused;
        }
        let closed = self
            .store
            .take()
            .map_or(Ok(()), |store| block_on(store.close()));
        // Inside a function that the store itself calls, its threads may wait for this one.
        if !matches!(closed, Err(PersistenceError::Reentrant { .. })) {
            self.housekeeper.join();
        }
        closed
    }
}

impl<S: State, B: Immediate> Drop for Open<S, B> {
    fn drop(&mut self) {
        // A caller that wants the error calls `close`.
        let _ = self.close();
    }
}

#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the store is closed")
    }
}

impl std::error::Error for Closed {}
