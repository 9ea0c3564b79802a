//! One transaction: begun, filled with requests, and over only at `complete` or `abort`.
//!
//! A request's `success` promises nothing: the commit comes after it, and the commit may be the
//! first to report that the quota is exceeded. Answers are awaited only where they are needed, and
//! nothing else is ever awaited while a transaction is open. The reason: the transaction commits by
//! itself as soon as the browser's event loop turns with no request under way.

use std::cell::RefCell;
use std::thread::LocalKey;

use js_sys::{JsString, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbObjectStore, IdbRequest, IdbTransaction};

use super::bindings::Begun;
use super::connection::Connection;
use super::ear::Ear;
use super::options::Durability;
use super::schema;
use crate::error::BrowserError;
use crate::slot::{Receiver, Sender};

/// The name of an object store.
pub(super) type Name = LocalKey<JsString>;

/// A transaction under way.
pub(super) struct Transaction {
    transaction: IdbTransaction,
    /// Taken by the caller that waits for the end.
    ended: RefCell<Option<Receiver<bool>>>,
    /// Whether an earlier try at the same change may have happened.
    pub(super) is_retry: bool,
    ear: Ear,
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.ear.has_heard() {
            self.transaction.set_oncomplete(None);
            self.transaction.set_onabort(None);
        }
    }
}

impl Transaction {
    /// Begins to write with a durability, or to read without one.
    pub(super) fn begin(
        connection: &Connection,
        durability: Option<Durability>,
        is_retry: bool,
    ) -> Result<Self, BrowserError> {
        let transaction = connection.begin(durability)?;
        let (ear, ended) = Ear::new();
        let (complete, abort) = ear.handlers();
        transaction.set_oncomplete(Some(complete));
        transaction.set_onabort(Some(abort));
        let mut under_way = connection.under_way.borrow_mut();
        under_way.retain(Sender::is_awaited);
        under_way.push(ended.sender());
        Ok(Self {
            transaction,
            ended: RefCell::new(Some(ended)),
            is_retry,
            ear,
        })
    }

    /// The durability that the browser says it gives: `strict`, `relaxed` or `default`. `None`
    /// where the browser does not say.
    pub(super) fn granted(&self) -> Option<String> {
        Reflect::get(&self.transaction, &schema::text("durability"))
            .ok()?
            .as_string()
    }

    /// Gives up: none of its changes will have happened.
    pub(super) fn abort(&self) {
        // It can only have ended already.
        let _ = self.transaction.abort();
    }

    /// Commits now. Without this call the browser begins the commit only after all answers were
    /// handled.
    pub(super) fn commit(&self) {
        // A browser without this method, or a transaction that has begun to commit, commits by
        // itself.
        let _ = self.transaction.unchecked_ref::<Begun>().commit();
    }

    /// Waits for its end. `Ok` is the `complete` event, and nothing else is.
    pub(super) async fn ended(&self) -> Result<(), BrowserError> {
        let ended = self.ended.borrow_mut().take();
        let Some(ended) = ended else {
            return Err(BrowserError::new("InvalidStateError", "it has ended"));
        };
        if ended.await {
            Ok(())
        } else {
            Err(reason(&self.transaction))
        }
    }

    /// An object store of this transaction.
    pub(super) fn store(&self, name: &'static Name) -> Result<IdbObjectStore, BrowserError> {
        let begun: &Begun = self.transaction.unchecked_ref();
        Ok(name.with(|name| begun.object_store(name))?)
    }

    /// Asks for a value; `undefined` where there is none.
    pub(super) fn get(&self, store: &'static Name, key: &JsValue) -> Result<Answer, BrowserError> {
        Self::hear(self.store(store)?.get(key))
    }

    /// Waits for the answer to a request.
    pub(super) fn hear(asked: Result<IdbRequest, JsValue>) -> Result<Answer, BrowserError> {
        Ok(Answer::to(asked?))
    }

    /// Puts a value. Whether it worked shows at the end.
    pub(super) fn put(
        &self,
        store: &'static Name,
        key: &JsValue,
        value: &JsValue,
    ) -> Result<(), BrowserError> {
        self.store(store)?.put_with_key(value, key)?;
        Ok(())
    }

    /// Puts bytes as one row.
    pub(super) fn put_row(&self, key: &JsValue, bytes: &[u8]) -> Result<(), BrowserError> {
        self.put(&schema::ROWS, key, &Uint8Array::from(bytes))
    }

    /// Deletes a key, or all keys in a range. Whether it worked shows at the end.
    pub(super) fn delete(&self, store: &'static Name, key: &JsValue) -> Result<(), BrowserError> {
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
    answered: Receiver<bool>,
    ear: Ear,
}

impl Answer {
    /// Listens to `request`.
    pub(super) fn to(request: IdbRequest) -> Self {
        let (ear, answered) = Ear::new();
        let (success, error) = ear.handlers();
        request.set_onsuccess(Some(success));
        request.set_onerror(Some(error));
        Self {
            request,
            answered,
            ear,
        }
    }

    /// Waits for it.
    pub(super) async fn wait(mut self) -> Result<JsValue, BrowserError> {
        if (&mut self.answered).await {
            Ok(self.request.result()?)
        } else {
            Err(failure(&self.request))
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.ear.has_heard() {
            self.request.set_onsuccess(None);
            self.request.set_onerror(None);
        }
    }
}

fn failure(request: &IdbRequest) -> BrowserError {
    match request.error() {
        Ok(Some(error)) => JsValue::from(error).into(),
        Ok(None) => BrowserError::new("UnknownError", "the browser gave no reason"),
        Err(thrown) => thrown.into(),
    }
}
