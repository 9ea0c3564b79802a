//! A program's state, made durable.
//!
//! ```text
//! commit ──► queue ──► batch: one append, one flush for all that wait ──► apply ──► Ok
//! ```
//! The state in memory changes only after the operation is durable: a reader sees only what
//! survives a crash. Committers put their encoded operation into the queue. One of them becomes the
//! leader (it takes the *seat*) and writes the batch of all commits that wait at that moment (a
//! *turn*). The store owns that batch's future. If the leader's caller is dropped, the next caller
//! continues the batch. So a cancelled caller neither stops nor harms the others, and no background
//! task is needed.
//!
//! No lock is held over a backend call. The queue's lock covers moving a few pointers and one copy
//! of the encoded operation. The state's lock covers applying operations and reading.

mod anew;
mod callback;
mod control;
mod drive;
mod group;
mod open;
mod options;
mod queue;
mod shared;
mod snapshot;
mod status;
mod ticket;
mod transact;
mod tried;
mod turn;
mod writer;

use std::sync::{Arc, Weak};

pub use options::{Durability, StoreOptions};
pub use status::{SnapshotInfo, StoreStatus};
pub use ticket::Ticket;
pub use transact::{ToCommit, TransactError};

use crate::backend::StorageBackend;
use crate::codec::{Codec, Shapes};
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::recovery::{Purpose, RecoveryReport, recover_beside_writer};
use crate::state::State;
use crate::wal::frame::{PAYLOAD_LEN_MAX, Unsealed};
use callback::Callback;
use control::Control;
use group::Group;
use shared::{Handle, Shared};

/// A state of type `S`, kept durable on the backend `B`. Clones are handles to the same store.
///
/// ```
/// use steadfast_core::{Kv, MemoryBackend, Store, StoreOptions};
/// # pollster::block_on(async {
/// let store: Store<Kv, _> = Store::open(MemoryBackend::new(), StoreOptions::default()).await?;
/// store.commit(Kv::put("planet", "Mars")?).await?;
/// let planet = store.read(|kv| kv.get(b"planet").map(<[u8]>::to_vec))?;
/// assert_eq!(planet.as_deref(), Some(&b"Mars"[..]));
/// # Ok::<(), steadfast_core::PersistenceError>(()) }).unwrap();
/// ```
pub struct Store<S: State, B: StorageBackend>(Arc<Handle<S, B>>);

impl<S: State, B: StorageBackend> Clone for Store<S, B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: State, B: StorageBackend> Store<S, B> {
    /// Opens the store on `backend` for writing, and creates it if there is none.
    ///
    /// # Errors
    /// Every kind of damage and mismatch; nothing is changed then. Otherwise the backend's error,
    /// with the place that failed. Nothing was committed yet, so nothing is
    /// [unknown](PersistenceError::OutcomeUnknown). After a crash or failure here, opening again
    /// works.
    pub async fn open(backend: B, options: StoreOptions) -> Result<Self> {
        open::open(backend, options).await
    }

    /// Reads the state that `backend` holds, without a lock and without writing anything. A writer
    /// may be alive.
    ///
    /// # Errors
    /// [`PersistenceError::NoStore`] if there is none; every kind of damage and mismatch.
    pub async fn load(backend: &B) -> Result<(S, RecoveryReport)> {
        let recovered = recover_beside_writer(backend, Purpose::Read).await?;
        if recovered.stored.is_none() {
            return Err(PersistenceError::NoStore {
                place: backend.location(),
            });
        }
        Ok((recovered.state, recovered.report))
    }

    /// Makes `operation` durable, then applies it. After `Ok` it survives whatever the backend
    /// survives, unless the store was opened with [`Durability::Buffered`].
    ///
    /// All commits that wait at the same moment share one append and one flush. If the future is
    /// dropped, the commit may or may not happen.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`] if the append or the flush failed, and
    /// [`PersistenceError::Poisoned`] after that. The backend's error if no new segment could
    /// begin; then the commit is not there, and the next one may work. [`PersistenceError::Fenced`]
    /// if another writer took over. [`PersistenceError::TooLarge`] and [`PersistenceError::Codec`].
    /// [`PersistenceError::Reentrant`] inside a function that this store calls.
    /// [`PersistenceError::ApplyPanicked`] if the commit is durable but [`State::apply`] panicked.
    pub async fn commit(&self, operation: S::Operation) -> Result<Lsn> {
        self.submit(operation).await?.wait().await
    }

    /// Queues `operation` for the next flush and returns a ticket to await later, so that one task
    /// can keep the disk busy. It waits only while too many bytes are queued already. Nothing is
    /// written until some ticket or commit is awaited.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit), except the outcome, which the ticket returns.
    pub async fn submit(&self, operation: S::Operation) -> Result<Ticket<S, B>> {
        callback::ensure_can_wait(self.0.shared.address(), "a commit")?;
        let frame = encode::<S>(&operation, &self.0.shared.shapes)?;
        loop {
            let full = {
                let mut queue = self.0.shared.queue();
                self.0.shared.alive()?;
                if queue.has_room() {
                    let (group, index) = queue.push(&frame, operation);
                    return Ok(Ticket::new(Arc::clone(&self.0), group, index));
                }
                queue.pending_group()
            };
            drive::wait(&self.0.shared, &full).await?;
        }
    }

    /// Passes the state as of the last durable commit to `look`.
    ///
    /// `look` may read the same store again and sees the same state. Commits wait until it returns.
    /// If it commits, flushes or takes a snapshot, that call fails with
    /// [`PersistenceError::Reentrant`], because it would wait for `look` itself. Other stores are
    /// not concerned. A thread that `look` starts and waits for must not commit: that deadlock
    /// cannot be detected.
    ///
    /// # Errors
    /// [`PersistenceError::Poisoned`] if applying an operation panicked: the state is then half
    /// changed. [`PersistenceError::Reentrant`] inside [`State::apply`].
    pub fn read<R>(&self, look: impl FnOnce(&S) -> R) -> Result<R> {
        self.0.shared.read(Callback::Read, |live| look(&live.state))
    }

    /// Makes everything that was committed so far durable. With [`Durability::Durable`] it is
    /// durable already.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit).
    pub async fn flush(&self) -> Result<()> {
        self.request("a flush", Control::Flush).await
    }

    /// Flushes, and ends this handle. With the last handle the log is finished: its length is put
    /// on record, so that from then on even the loss of its last bytes is noticed.
    ///
    /// Dropping the last handle without this call is safe. It does what a crash does, and loses at
    /// most what [`Durability::Buffered`] has not flushed.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`] if a flush failed: commits with
    /// [`Durability::Buffered`] may be lost. [`PersistenceError::Poisoned`] and
    /// [`PersistenceError::Fenced`] after an earlier failure. After every other error everything
    /// that was committed is saved.
    pub async fn close(self) -> Result<()> {
        let is_last = Arc::strong_count(&self.0) == 1;
        let control = if is_last {
            Control::Finish
        } else {
            Control::Flush
        };
        self.request("closing", control).await
    }

    /// What recovery did when this store was opened.
    #[must_use]
    pub fn recovery(&self) -> &RecoveryReport {
        &self.0.shared.report
    }

    /// A handle that does not keep the store open.
    #[must_use]
    pub fn downgrade(&self) -> WeakStore<S, B> {
        WeakStore(Arc::downgrade(&self.0))
    }

    /// The backend.
    #[must_use]
    pub fn backend(&self) -> &B {
        &self.0.shared.backend
    }

    /// Makes the next batch do something besides commits.
    async fn request(&self, call: &'static str, control: Control<S>) -> Result<()> {
        callback::ensure_can_wait(self.0.shared.address(), call)?;
        let group = Arc::new(Group::default());
        {
            let mut queue = self.0.shared.queue();
            self.0.shared.alive()?;
            queue.controls.push((Arc::clone(&group), control));
        }
        drive::wait(&self.0.shared, &group).await
    }
}

/// A handle to a [`Store`] that does not keep it open.
pub struct WeakStore<S: State, B: StorageBackend>(Weak<Handle<S, B>>);

impl<S: State, B: StorageBackend> WeakStore<S, B> {
    /// The store, if it is still open.
    #[must_use]
    pub fn upgrade(&self) -> Option<Store<S, B>> {
        self.0.upgrade().map(Store)
    }
}

/// The stored form of an operation, as far as it can be made before its place in the log is known.
fn encode<S: State>(operation: &S::Operation, shapes: &Shapes) -> Result<Unsealed> {
    let mut room = Unsealed::room();
    S::OperationCodec::encode_checked(operation, &mut room, shapes).map_err(|e| {
        PersistenceError::Codec {
            action: "encode the operation",
            reason: e.to_string(),
        }
    })?;
    Unsealed::new(room).map_err(|len| PersistenceError::TooLarge {
        what: "the operation",
        len,
        len_max: u64::from(PAYLOAD_LEN_MAX),
    })
}

/// Shared by the parts of the store; see [`shared`].
type Core<S, B> = Arc<Shared<S, B>>;
