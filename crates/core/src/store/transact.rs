//! Transactions: decide with the state at hand, then commit.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, PoisonError};

use super::Store;
use super::control::{Control, Decide, Slot};
use super::encode;
use crate::backend::StorageBackend;
use crate::codec::Shapes;
use crate::error::PersistenceError;
use crate::maybe_send::MaybeSend;
use crate::panic::{self, Payload};
use crate::state::State;
use crate::sync::Mutex;
use crate::wal::frame::Unsealed;

/// Why a transaction did not commit.
#[derive(Debug)]
pub enum TransactError<E> {
    /// The closure refused; nothing was changed.
    Refused(E),
    /// The store could not commit.
    Storage(PersistenceError),
}

impl<E: fmt::Display> fmt::Display for TransactError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => reason.fmt(f),
            Self::Storage(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for TransactError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(reason) => reason.source(),
            Self::Storage(error) => Some(error),
        }
    }
}

impl<E> From<PersistenceError> for TransactError<E> {
    fn from(error: PersistenceError) -> Self {
        Self::Storage(error)
    }
}

/// What the closure of [`Store::transact`] returns to be committed: an operation, none, or the
/// error of making one.
///
/// So a closure can return the result of [`Kv::put`](crate::Kv::put) as it is. If that refused a
/// key, nothing is committed and the caller gets the error.
pub trait ToCommit<O> {
    /// The operation, if there is one.
    ///
    /// # Errors
    /// The error, if the closure returned one instead of an operation.
    fn operation(self) -> Result<Option<O>, PersistenceError>;
}

impl<O> ToCommit<O> for Option<O> {
    fn operation(self) -> Result<Option<O>, PersistenceError> {
        Ok(self)
    }
}

impl<O> ToCommit<O> for Result<O, PersistenceError> {
    fn operation(self) -> Result<Option<O>, PersistenceError> {
        self.map(Some)
    }
}

impl<O> ToCommit<O> for Result<Option<O>, PersistenceError> {
    fn operation(self) -> Result<Option<O>, PersistenceError> {
        self
    }
}

/// The result of the closure.
enum Verdict<R, E> {
    Said(Result<R, E>),
    /// There was no operation to commit, or it could not be encoded.
    Failed(PersistenceError),
    Panicked(Payload),
}

impl<S: State, B: StorageBackend> Store<S, B> {
    /// Reads the state, decides, and commits, with no other commit in between.
    ///
    /// `decide` sees the state with every earlier commit applied and none in flight. It returns
    /// what is to be committed ([`ToCommit`]: an operation, none, or the error of making one) and
    /// an answer for the caller, or it refuses. Each transaction has a flush of its own, while
    /// plain commits share theirs. A panic in `decide` is passed on to the caller and changes
    /// nothing.
    ///
    /// `decide` may read the store. Inside it, a commit, flush, snapshot or transaction of the same
    /// store fails with [`PersistenceError::Reentrant`]: return the operation instead.
    ///
    /// # Errors
    /// [`TransactError::Refused`] with what `decide` returned. [`TransactError::Storage`] with the
    /// error that `decide` returned instead of an operation, and as for [`commit`](Self::commit).
    ///
    /// ```
    /// use steadfast_core::{Kv, MemoryBackend, Store, StoreOptions, TransactError};
    /// # pollster::block_on(async {
    /// let store: Store<Kv, _> = Store::open(MemoryBackend::new(), StoreOptions::default()).await?;
    /// let taken = |kv: &Kv| match kv.get(b"seat 12") {
    ///     Some(_) => Err("taken"),
    ///     None => Ok((Kv::put("seat 12", "Ada"), ())),
    /// };
    /// store.transact(taken).await.map_err(|e| format!("{e}")).unwrap();
    /// assert!(matches!(store.transact(taken).await, Err(TransactError::Refused("taken"))));
    /// # Ok::<(), steadfast_core::PersistenceError>(()) }).unwrap();
    /// ```
    pub async fn transact<C, R, E>(
        &self,
        decide: impl FnOnce(&S) -> Result<(C, R), E> + MaybeSend + 'static,
    ) -> Result<R, TransactError<E>>
    where
        C: ToCommit<S::Operation>,
        R: MaybeSend + 'static,
        E: MaybeSend + 'static,
    {
        let slot: Slot<Verdict<R, E>> = Arc::new(Mutex::new(None));
        let answer = Arc::clone(&slot);
        let shapes = Arc::clone(&self.0.shared.shapes);
        let wrapped: Decide<S> = Box::new(move |state| {
            let (verdict, commit) = judge::<S, C, R, E>(state, decide, &shapes);
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
            commit
        });
        self.request("a transaction", Control::Transact(wrapped))
            .await?;
        match super::turn::answer(&slot)? {
            Verdict::Said(said) => said.map_err(TransactError::Refused),
            Verdict::Failed(error) => Err(TransactError::Storage(error)),
            Verdict::Panicked(payload) => resume_unwind(payload),
        }
    }
}

type Commit<S> = Option<(Unsealed, <S as State>::Operation)>;

/// Runs the closure and encodes the operation it decided on. A panic in either does no harm,
/// because they only read the state.
fn judge<S: State, C: ToCommit<S::Operation>, R, E>(
    state: &S,
    decide: impl FnOnce(&S) -> Result<(C, R), E>,
    shapes: &Shapes,
) -> (Verdict<R, E>, Commit<S>) {
    let judged = panic::catch(|| {
        let (to_commit, answer) = match decide(state) {
            Ok(decided) => decided,
            Err(reason) => return (Verdict::Said(Err(reason)), None),
        };
        let encoded = to_commit.operation().and_then(|operation| {
            let encode = |operation| Ok((encode::<S>(&operation, shapes)?, operation));
            operation.map(encode).transpose()
        });
        match encoded {
            Ok(commit) => (Verdict::Said(Ok(answer)), commit),
            Err(error) => (Verdict::Failed(error), None),
        }
    });
    judged.unwrap_or_else(|payload| (Verdict::Panicked(payload), None))
}
