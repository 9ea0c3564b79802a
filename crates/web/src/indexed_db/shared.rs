//! What the handles of one opened database share: the connection, the right to write, and the
//! streams that grow.
//!
//! Every change is one transaction, described by a closure that can be run again. The closure
//! checks that the database is as it was before the change *or* as it is after it, and then puts
//! everything. If a connection breaks during the commit, the outcome is unknown. Then the change is
//! run once more on a new connection. It is there exactly once afterwards, whatever the first try
//! did. A second break is reported as an unknown outcome.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use steadfast_core::{Key, PersistenceError, Result};
use wasm_bindgen::JsValue;

use super::connection::{Connection, Creation, Opened, open};
use super::new_log;
use super::options::Durability;
use super::schema::{ABOUT, Fence, StreamId, writer};
use super::streams::{SharedStream, Streams};
use super::transaction::{Answer, Transaction};
use crate::error::{BrowserError, failed};
use crate::lock::Lock;
use crate::slot::{Sender, slot};

/// How often a change is tried: a connection that breaks twice in a row is no accident.
const TRIES: u32 = 2;

/// A task that waits for a connection.
pub(super) type Waiting = Sender<Result<Rc<Connection>>>;

/// Why a transaction is given up.
pub(super) enum Stop {
    /// The change is not allowed with what the transaction found.
    Refused(PersistenceError),
    /// The browser reported an error.
    Browser(BrowserError),
}

impl From<BrowserError> for Stop {
    fn from(error: BrowserError) -> Self {
        Self::Browser(error)
    }
}

impl From<PersistenceError> for Stop {
    fn from(error: PersistenceError) -> Self {
        Self::Refused(error)
    }
}

/// The right to write: the fence and the lock of this handle.
pub(super) struct Office {
    /// What the database says while this handle may write.
    pub(super) fence: Fence,
    /// The fence as the database has it.
    pub(super) written: JsValue,
    /// `None` if the browser has no locks between tabs.
    pub(super) lock: Option<Lock>,
}

/// An opened database. The lock is among the last fields: it ends after the connection.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) durability: Durability,
    /// The durability that the browser said it gives; `None` on a handle that only reads.
    pub(super) granted: Option<String>,
    pub(super) open_limit: Duration,
    pub(super) streams: RefCell<Streams>,
    pub(super) connection: RefCell<Option<Rc<Connection>>>,
    /// The tasks that wait for a connection that another task is opening; `None` while none is.
    pub(super) reopening: RefCell<Option<Vec<Waiting>>>,
    pub(super) next_number: Cell<u64>,
    /// How many keys are being replaced or deleted at this moment.
    pub(super) replacing: Cell<usize>,
    /// `None` on a handle that only reads.
    pub(super) office: Option<Office>,
}

impl Shared {
    /// A name for the rows of a new stream.
    pub(super) fn next_id(&self) -> StreamId {
        let number = self.next_number.get();
        self.next_number.set(number.saturating_add(1));
        StreamId {
            epoch: self.epoch(),
            number,
        }
    }

    fn epoch(&self) -> u64 {
        self.office.as_ref().map_or(0, |office| office.fence.epoch)
    }

    pub(super) fn stream(&self, key: &Key) -> Option<SharedStream> {
        self.streams.borrow().get(key)
    }

    /// Forgets what is known of a stream: the key now holds another value.
    pub(super) fn forget(&self, key: &Key) {
        self.streams.borrow_mut().remove(key);
    }

    /// The open connection, or a new one.
    async fn connect(&self) -> Result<Rc<Connection>> {
        let current = self.connection.borrow().clone();
        if let Some(connection) = current.filter(|connection| !connection.is_closed()) {
            return Ok(connection);
        }
        let turn = {
            let mut reopening = self.reopening.borrow_mut();
            match reopening.as_mut() {
                Some(waiting) => {
                    let (sender, turn) = slot();
                    waiting.push(sender);
                    Some(turn)
                }
                None => {
                    *reopening = Some(Vec::new());
                    None
                }
            }
        };
        if let Some(turn) = turn {
            return turn.await;
        }
        let opened = self.reopen().await;
        if let Ok(connection) = &opened {
            *self.connection.borrow_mut() = Some(Rc::clone(connection));
        }
        for waiter in self.reopening.borrow_mut().take().unwrap_or_default() {
            waiter.send(opened.clone());
        }
        opened
    }

    /// Opens the database again. It has to be there.
    async fn reopen(&self) -> Result<Rc<Connection>> {
        match open(
            &self.name,
            &self.place,
            Creation::Forbidden,
            self.open_limit,
        )
        .await?
        {
            Opened::Found(connection) | Opened::Created(connection) => {
                // The browser may have ended the connection in the midst of a record of its log.
                if self.office.is_some() {
                    new_log::begin();
                }
                Ok(Rc::new(connection))
            }
            Opened::Absent => Err(self.removed()),
        }
    }

    pub(super) fn removed(&self) -> PersistenceError {
        PersistenceError::Removed {
            place: self.place.clone(),
        }
    }

    /// Reads in one transaction.
    pub(super) async fn look<T>(
        &self,
        action: &'static str,
        key: Option<&Key>,
        body: impl AsyncFn(&Transaction) -> Result<T, Stop>,
    ) -> Result<T> {
        self.run_body(action, key, None, body).await
    }

    /// Changes something in one transaction. It is refused if another tab has taken over.
    pub(super) async fn change<T>(
        &self,
        action: &'static str,
        key: Option<&Key>,
        body: impl AsyncFn(&Transaction) -> Result<T, Stop>,
    ) -> Result<T> {
        let office = self.writable(action, key)?;
        self.run_body(action, key, Some(office), body).await
    }

    pub(super) fn writable(&self, action: &'static str, key: Option<&Key>) -> Result<&Office> {
        let office = self.office.as_ref().ok_or_else(|| {
            let reason = "it was opened for reading only";
            let error = BrowserError::new("NotAllowedError", reason);
            failed(action, &self.place_of(key), &error)
        })?;
        if office.lock.as_ref().is_some_and(Lock::is_lost) {
            return Err(PersistenceError::Fenced {
                epoch: office.fence.epoch,
            });
        }
        Ok(office)
    }

    /// Fails if another tab has taken over, and if the data is gone.
    pub(super) async fn ensure_ours(&self) -> Result<()> {
        self.look("look at", None, async |transaction| {
            let fence = transaction.get(&ABOUT, &writer())?;
            match &self.office {
                Some(office) => self.check(office, fence).await,
                None if Fence::from_js(&fence.wait().await?).is_some() => Ok(()),
                None => Err(self.removed().into()),
            }
        })
        .await
    }

    async fn check(&self, office: &Office, fence: Answer) -> Result<(), Stop> {
        let found = fence.wait().await?;
        if found == office.written {
            return Ok(());
        }
        match Fence::from_js(&found) {
            Some(found) if found.store == office.fence.store => {
                let epoch = office.fence.epoch;
                Err(PersistenceError::Fenced { epoch }.into())
            }
            // The database was deleted, and another tab has made a new one.
            _ => Err(self.removed().into()),
        }
    }

    async fn run_body<T>(
        &self,
        action: &'static str,
        key: Option<&Key>,
        office: Option<&Office>,
        body: impl AsyncFn(&Transaction) -> Result<T, Stop>,
    ) -> Result<T> {
        let done = RefCell::new(None);
        self.run(action, key, office, &once(&body, &done)).await?;
        let broken = || BrowserError::new("InvalidStateError", "the transaction gave no answer");
        done.take()
            .ok_or_else(|| failed(action, &self.place_of(key), &broken()))
    }

    /// Not generic: all kinds of transactions share this code, and a page would have to load every
    /// copy.
    async fn run<'b>(
        &self,
        action: &'static str,
        key: Option<&Key>,
        office: Option<&Office>,
        body: &dyn Fn(Rc<Transaction>) -> Once<'b>,
    ) -> Result<()> {
        let mut is_unknown = false;
        let mut tries_left = TRIES;
        loop {
            tries_left = tries_left.saturating_sub(1);
            let connection = match self.connect().await {
                Err(error) if is_unknown => return Err(unknown(&self.place_of(key), error)),
                connected => connected?,
            };
            let error = match self.once(&connection, office, is_unknown, body).await {
                Ok(()) => return Ok(()),
                // The other writer fenced this one off after an earlier try, which may have
                // happened.
                Err(Stop::Refused(error @ PersistenceError::Fenced { .. })) if is_unknown => {
                    return Err(unknown(&self.place_of(key), error));
                }
                Err(Stop::Refused(error)) => return Err(error),
                Err(Stop::Browser(error)) => error,
            };
            let is_broken = connection.is_closed() || is_break(&error);
            if is_broken {
                connection.close();
                is_unknown = office.is_some();
            }
            if !is_broken || tries_left == 0 {
                let place = self.place_of(key);
                let error = failed(action, &place, &error);
                // Also where only this try is known not to have happened.
                return Err(if is_unknown {
                    unknown(&place, error)
                } else {
                    error
                });
            }
        }
    }

    /// One try. If it changes something, the fence is checked in the same transaction.
    async fn once<'b>(
        &self,
        connection: &Connection,
        office: Option<&Office>,
        is_retry: bool,
        body: &dyn Fn(Rc<Transaction>) -> Once<'b>,
    ) -> Result<(), Stop> {
        let durability = office.map(|_| self.durability);
        let transaction = Rc::new(Transaction::begin(connection, durability, is_retry)?);
        let done = match office {
            Some(office) => match transaction.get(&ABOUT, &writer()) {
                Ok(fence) => {
                    let done = body(Rc::clone(&transaction)).await;
                    // Checked before the body's own result: what looks wrong to a writer that was
                    // fenced off is the work of its successor.
                    self.check(office, fence).await.and(done)
                }
                Err(error) => Err(error.into()),
            },
            None => body(Rc::clone(&transaction)).await,
        };
        end(&transaction, office.is_some(), done).await
    }
}

/// The work of one transaction, up to its end.
type Once<'b> = Pin<Box<dyn Future<Output = Result<(), Stop>> + 'b>>;

/// Wraps the body so that its result goes to `done`.
fn once<'b, T>(
    body: &'b impl AsyncFn(&Transaction) -> Result<T, Stop>,
    done: &'b RefCell<Option<T>>,
) -> impl Fn(Rc<Transaction>) -> Once<'b> {
    move |transaction| {
        Box::pin(async move {
            *done.borrow_mut() = Some(body(&transaction).await?);
            Ok(())
        })
    }
}

/// Whether the error says that the connection broke. It does not tell then whether the commit
/// happened.
fn is_break(error: &BrowserError) -> bool {
    matches!(
        error.name.as_str(),
        "AbortError" | "InvalidStateError" | "UnknownError" | "TransactionInactiveError"
    )
}

fn unknown(place: &str, error: PersistenceError) -> PersistenceError {
    PersistenceError::OutcomeUnknown {
        place: place.to_owned(),
        source: std::sync::Arc::new(error),
    }
}

/// Runs the body in a transaction of its own, until the transaction has ended.
pub(super) async fn attempt<T>(
    connection: &Connection,
    durability: Option<Durability>,
    body: impl AsyncFn(&Transaction) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let transaction = Transaction::begin(connection, durability, false)?;
    let mut found = None;
    let done = body(&transaction).await.map(|done| found = Some(done));
    end(&transaction, durability.is_some(), done).await?;
    found.ok_or_else(|| BrowserError::new("InvalidStateError", "no answer").into())
}

/// Commits, or gives up.
async fn end(
    transaction: &Transaction,
    is_change: bool,
    done: Result<(), Stop>,
) -> Result<(), Stop> {
    match done {
        Ok(()) => {
            if is_change {
                transaction.commit();
            }
            Ok(transaction.ended().await?)
        }
        Err(stop) => {
            transaction.abort();
            Err(match (stop, transaction.ended().await) {
                // A request failed. The transaction's error is the cause, unless it is only our own
                // abort.
                (Stop::Browser(first), Err(error)) if error.name == "AbortError" => {
                    Stop::Browser(first)
                }
                (Stop::Browser(_), Err(error)) => Stop::Browser(error),
                (stop, _) => stop,
            })
        }
    }
}
