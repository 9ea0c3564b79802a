//! Decide with the state in hand, then commit.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, PoisonError};

use super::Store;
use super::control::{Control, Decide, Slot};
use super::encode;
use crate::backend::StorageBackend;
use crate::error::PersistenceError;
use crate::maybe_send::MaybeSend;
use crate::state::State;
use crate::sync::Mutex;
use crate::wal::frame::Unsealed;

/// Why a transaction did not commit.
#[derive(Debug)]
pub enum TransactError<E> {
    /// The closure said no; nothing was changed.
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

/// What the closure came to.
enum Verdict<R, E> {
    Said(Result<R, E>),
    Unencodable(PersistenceError),
    Panicked(Box<dyn std::any::Any + Send>),
}

impl<S: State, B: StorageBackend> Store<S, B> {
    /// Reads the state, decides, and commits, with no other commit in between.
    ///
    /// `decide` sees the state with every earlier commit applied and none in flight. It gives the operation to commit (or `None`) and
    /// an answer for the caller, or refuses. Each transaction has a flush of its own; plain commits share theirs. A
    /// panic in `decide` is passed on to the caller and changes nothing.
    ///
    /// # Errors
    /// [`TransactError::Refused`] with what `decide` said; [`TransactError::Storage`] as for [`commit`](Self::commit).
    ///
    /// ```
    /// use steadfast_core::{Kv, MemoryBackend, Store, StoreOptions, TransactError};
    /// # pollster::block_on(async {
    /// let store: Store<Kv, _> = Store::open(MemoryBackend::new(), StoreOptions::default()).await?;
    /// let taken = |kv: &Kv| match kv.get(b"seat 12") {
    ///     Some(_) => Err("taken"),
    ///     None => Ok((Kv::put("seat 12", "Ada").ok(), ())),
    /// };
    /// store.transact(taken).await.map_err(|e| format!("{e}")).unwrap();
    /// assert!(matches!(store.transact(taken).await, Err(TransactError::Refused("taken"))));
    /// # Ok::<(), steadfast_core::PersistenceError>(()) }).unwrap();
    /// ```
    pub async fn transact<R, E>(
        &self,
        decide: impl FnOnce(&S) -> Result<(Option<S::Operation>, R), E> + MaybeSend + 'static,
    ) -> Result<R, TransactError<E>>
    where
        R: MaybeSend + 'static,
        E: MaybeSend + 'static,
    {
        let slot: Slot<Verdict<R, E>> = Arc::new(Mutex::new(None));
        let answer = Arc::clone(&slot);
        let wrapped: Decide<S> = Box::new(move |state| {
            let (verdict, commit) = judge::<S, R, E>(state, decide);
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
            commit
        });
        self.request(Control::Transact(wrapped)).await?;
        match super::turn::answer(&slot)? {
            Verdict::Said(said) => said.map_err(TransactError::Refused),
            Verdict::Unencodable(error) => Err(TransactError::Storage(error)),
            Verdict::Panicked(payload) => resume_unwind(payload),
        }
    }
}

type Commit<S> = Option<(Unsealed, <S as State>::Operation)>;

/// Runs the closure where a panic of its does no harm: it only looks at the state.
fn judge<S: State, R, E>(
    state: &S,
    decide: impl FnOnce(&S) -> Result<(Option<S::Operation>, R), E>,
) -> (Verdict<R, E>, Commit<S>) {
    let said = match catch_unwind(AssertUnwindSafe(|| decide(state))) {
        Ok(said) => said,
        Err(payload) => return (Verdict::Panicked(payload), None),
    };
    match said {
        Err(reason) => (Verdict::Said(Err(reason)), None),
        Ok((None, answer)) => (Verdict::Said(Ok(answer)), None),
        Ok((Some(operation), answer)) => match encode::<S>(&operation) {
            Ok(frame) => (Verdict::Said(Ok(answer)), Some((frame, operation))),
            Err(error) => (Verdict::Unencodable(error), None),
        },
    }
}
