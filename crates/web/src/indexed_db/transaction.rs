//! One transaction: begun, filled with requests, and over only at `complete` or `abort`.
//!
//! A request's `success` promises nothing: the commit comes after it, and what exceeds the quota may be reported there for the first time. Answers are
//! awaited only where they are needed, and nothing else is ever awaited while a transaction is open: it commits by
//! itself as soon as the browser's event loop turns with no request under way.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::connection::Connection;
use super::options::Durability;
use super::schema;
use crate::error::BrowserError;
use crate::slot::{Receiver, slot};

/// A transaction under way.
pub(super) struct Transaction {
    transaction: IdbTransaction,
    /// Taken by whoever waits for the end.
    ended: RefCell<Option<Receiver<Result<(), BrowserError>>>>,
    /// Whether an earlier try at the same change may have happened.
    pub(super) is_retry: bool,
    _complete: Closure<dyn FnMut(Event)>,
    _abort: Closure<dyn FnMut(Event)>,
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.transaction.set_oncomplete(None);
        self.transaction.set_onabort(None);
    }
}

impl Transaction {
    /// Begins to write with a durability, or without one to read.
    pub(super) fn begin(
        connection: &Connection,
        durability: Option<Durability>,
        is_retry: bool,
    ) -> Result<Self, BrowserError> {
        let (mode, durability) = match durability {
            Some(durability) => (IdbTransactionMode::Readwrite, durability),
            None => (IdbTransactionMode::Readonly, Durability::Relaxed),
        };
        let stores: Array = schema::ALL.iter().map(|name| schema::text(name)).collect();
        let options = Object::new();
        Reflect::set(
            &options,
            &schema::text("durability"),
            &schema::text(durability.as_str()),
        )?;
        // The bindings know this method without options only.
        let database = &connection.database;
        let begin: Function = Reflect::get(database, &schema::text("transaction"))?.dyn_into()?;
        let transaction: IdbTransaction = begin
            .call3(database, &stores, &JsValue::from(mode), &options)?
            .dyn_into()?;
        let (sender, ended) = slot();
        let complete = {
            let sender = sender.clone();
            Closure::<dyn FnMut(Event)>::new(move |_event| sender.send(Ok(())))
        };
        let abort = {
            let transaction = transaction.clone();
            Closure::<dyn FnMut(Event)>::new(move |_event| {
                sender.send(Err(reason(&transaction)));
            })
        };
        transaction.set_oncomplete(Some(complete.as_ref().unchecked_ref()));
        transaction.set_onabort(Some(abort.as_ref().unchecked_ref()));
        Ok(Self {
            transaction,
            ended: RefCell::new(Some(ended)),
            is_retry,
            _complete: complete,
            _abort: abort,
        })
    }

    /// The durability that the browser says it gives: `strict`, `relaxed`, `default`; `None` where it does not know the
    /// question.
    pub(super) fn granted(&self) -> Option<String> {
        Reflect::get(&self.transaction, &schema::text("durability"))
            .ok()?
            .as_string()
    }

    /// Gives up: nothing of it will have happened.
    pub(super) fn abort(&self) {
        // It can only have ended already.
        let _ = self.transaction.abort();
    }

    /// Commits now: without this the browser waits for the answers to all requests to be heard before it begins to.
    pub(super) fn commit(&self) {
        // A browser without it, or one that has begun already, commits by itself.
        if let Ok(commit) = Reflect::get(&self.transaction, &schema::text("commit"))
            && let Some(commit) = commit.dyn_ref::<Function>()
        {
            let _ = commit.call0(&self.transaction);
        }
    }

    /// Waits for its end. `Ok` is the `complete` event, and nothing else is.
    pub(super) async fn ended(&self) -> Result<(), BrowserError> {
        let ended = self.ended.borrow_mut().take();
        match ended {
            Some(ended) => ended.await,
            None => Err(BrowserError::new("InvalidStateError", "it has ended")),
        }
    }

    /// An object store of this transaction.
    pub(super) fn store(&self, name: &str) -> Result<IdbObjectStore, BrowserError> {
        Ok(self.transaction.object_store(name)?)
    }

    /// Asks for a value; `undefined` where there is none.
    pub(super) fn get(&self, store: &str, key: &JsValue) -> Result<Answer, BrowserError> {
        Ok(Answer::to(self.store(store)?.get(key)?))
    }

    /// Puts a value. Whether it worked shows at the end.
    pub(super) fn put(
        &self,
        store: &str,
        key: &JsValue,
        value: &JsValue,
    ) -> Result<(), BrowserError> {
        self.store(store)?.put_with_key(value, key)?;
        Ok(())
    }

    /// Puts bytes as one row.
    pub(super) fn put_row(&self, key: &JsValue, bytes: &[u8]) -> Result<(), BrowserError> {
        self.put(schema::ROWS, key, &Uint8Array::from(bytes))
    }

    /// Deletes a key, or all keys in a range. Whether it worked shows at the end.
    pub(super) fn delete(&self, store: &str, key: &JsValue) -> Result<(), BrowserError> {
        self.store(store)?.delete(key)?;
        Ok(())
    }
}

fn reason(transaction: &IdbTransaction) -> BrowserError {
    transaction.error().map_or_else(
        || BrowserError::new("AbortError", "the browser gave no reason"),
        |error| JsValue::from(error).into(),
    )
}

/// The answer to one request, when it comes.
pub(super) struct Answer {
    request: IdbRequest,
    answer: Receiver<Result<JsValue, BrowserError>>,
    _success: Closure<dyn FnMut(Event)>,
    _error: Closure<dyn FnMut(Event)>,
}

impl Answer {
    /// Listens to `request`.
    pub(super) fn to(request: IdbRequest) -> Self {
        let (sender, answer) = slot();
        let success = {
            let (request, sender) = (request.clone(), sender.clone());
            Closure::<dyn FnMut(Event)>::new(move |_event| {
                sender.send(request.result().map_err(Into::into));
            })
        };
        let error = {
            let request = request.clone();
            Closure::<dyn FnMut(Event)>::new(move |_event| sender.send(Err(failure(&request))))
        };
        request.set_onsuccess(Some(success.as_ref().unchecked_ref()));
        request.set_onerror(Some(error.as_ref().unchecked_ref()));
        Self {
            request,
            answer,
            _success: success,
            _error: error,
        }
    }

    /// Waits for it.
    pub(super) async fn wait(mut self) -> Result<JsValue, BrowserError> {
        (&mut self.answer).await
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.request.set_onsuccess(None);
        self.request.set_onerror(None);
    }
}

fn failure(request: &IdbRequest) -> BrowserError {
    match request.error() {
        Ok(Some(error)) => JsValue::from(error).into(),
        Ok(None) => BrowserError::new("UnknownError", "the browser gave no reason"),
        Err(thrown) => thrown.into(),
    }
}
