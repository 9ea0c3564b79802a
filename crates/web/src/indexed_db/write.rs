//! Changing what keys hold: appends, syncs, saves and deletions.
//!
//! Each change is one transaction:
//!
//! * sync: writes the head with the new length and with the pending bytes in its tail. Where the
//!   tail would be too long, the bytes are written as one or more rows instead.
//! * save: writes the rows that are not written yet, unless they are short, and the head that names
//!   all of them. Removes the old value's rows and the mark of the staging.
//! * delete: removes the head and the rows.
//!
//! A change that has begun runs to its end, even when its caller is dropped.

use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Precondition, Result};
use wasm_bindgen::JsValue;

use super::read::head_of;
use super::schema::{HEADS, Head, ROW_LEN, ROWS, STAGED, StreamId, name};
use super::shared::{Shared, Stop};
use super::stream::{Flight, Stream, Turn};
use super::streams::SharedStream;
use super::transaction::Transaction;
use crate::number::len_u64;
use crate::slot::detached;

/// Appends beyond this length are written without waiting for a sync, so that memory is bounded.
const PENDING_LEN_MAX: u64 = 4 << 20;

/// A whole value about to be published.
pub(super) struct Value {
    pub(super) id: StreamId,
    /// How many of its bytes are in staged rows.
    pub(super) staged: u64,
    /// The bytes that are in no row yet.
    pub(super) rest: Bytes,
    pub(super) precondition: Precondition,
}

/// While this lives, a key is being given another value or is being deleted. An append to the key
/// has to read its head first.
struct Replacing(Rc<Shared>);

impl Replacing {
    fn begin(shared: &Rc<Shared>) -> Self {
        let under_way = shared.replacing.get();
        shared.replacing.set(under_way.saturating_add(1));
        Self(Rc::clone(shared))
    }
}

impl Drop for Replacing {
    fn drop(&mut self) {
        let under_way = self.0.replacing.get();
        self.0.replacing.set(under_way.saturating_sub(1));
    }
}

/// Writes bytes as rows of bounded length.
pub(super) fn put_rows(
    transaction: &Transaction,
    id: StreamId,
    start: u64,
    bytes: &[u8],
) -> Result<(), Stop> {
    let mut at = start;
    for row in bytes.chunks(ROW_LEN) {
        transaction.put_row(&id.row(at), row)?;
        at = at.saturating_add(len_u64(row.len()));
    }
    Ok(())
}

/// Writes a head, and the bytes from `start` on that are neither in rows yet nor in its tail.
fn put_end(
    transaction: &Transaction,
    name: &JsValue,
    head: &Head,
    start: u64,
    bytes: &[u8],
) -> Result<(), Stop> {
    if head.tail.is_empty() {
        put_rows(transaction, head.id, start, bytes)?;
    }
    Ok(transaction.put(&HEADS, name, &head.to_js())?)
}

/// Whether the change was made, or its outcome is unknown.
fn may_be_done(outcome: &Result<()>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(error) => error.is_outcome_unknown(),
    }
}

impl Shared {
    /// Appends to a stream; durable after [`sync`](Self::sync).
    pub(super) async fn append(
        self: &Rc<Self>,
        key: &Key,
        position: u64,
        data: Bytes,
    ) -> Result<()> {
        let stream = match self.open_stream(key).await? {
            Some(stream) => stream,
            None if position == 0 => self.create_stream(key),
            None => {
                return Err(PersistenceError::Conflict {
                    key: key.clone(),
                    position,
                    end: 0,
                });
            }
        };
        stream.borrow_mut().append(key, position, data)?;
        let pending_len = stream.borrow().pending_len();
        if pending_len >= PENDING_LEN_MAX {
            self.sync_stream(key, &stream).await?;
        }
        Ok(())
    }

    /// Makes what was appended durable. What was found at open is durable already: the open ended
    /// with a strict transaction.
    pub(super) async fn sync(self: &Rc<Self>, key: &Key) -> Result<()> {
        self.writable("flush", Some(key))?;
        match self.stream(key) {
            Some(stream) => self.sync_stream(key, &stream).await,
            None => Ok(()),
        }
    }

    /// The stream of a key, read from the database where this handle has not met it. `None` where
    /// there is none.
    async fn open_stream(&self, key: &Key) -> Result<Option<SharedStream>> {
        self.writable("append to", Some(key))?;
        if let Some(stream) = self.stream(key) {
            return Ok(Some(stream));
        }
        let look = async |transaction: &Transaction| {
            let head = transaction.get(&HEADS, &name(key))?.wait().await?;
            head_of(key, &head)
        };
        let head = self.look("append to", Some(key), look).await?;
        // Another task may have looked it up meanwhile.
        let mut streams = self.streams.borrow_mut();
        if let Some(stream) = streams.get(key) {
            return Ok(Some(stream));
        }
        Ok(head.map(|head| streams.get_or(key, || Stream::found(key, head))))
    }

    fn create_stream(&self, key: &Key) -> SharedStream {
        let mut streams = self.streams.borrow_mut();
        streams.get_or(key, || Stream::created(key, self.next_id()))
    }

    async fn sync_stream(self: &Rc<Self>, key: &Key, stream: &SharedStream) -> Result<()> {
        loop {
            let turn = stream.borrow_mut().begin_sync()?;
            match turn {
                Turn::Idle => return Ok(()),
                Turn::After(other) => other.await,
                Turn::Now(flight) => {
                    let (shared, key) = (Rc::clone(self), key.clone());
                    let stream = Rc::clone(stream);
                    return detached(async move {
                        let outcome = shared.put_flight(&key, &flight).await;
                        stream.borrow_mut().end_sync(&flight, &outcome);
                        outcome
                    })
                    .await;
                }
            }
        }
    }

    async fn put_flight(&self, key: &Key, flight: &Flight) -> Result<()> {
        let next = &flight.head;
        let change = async |transaction: &Transaction| {
            // The head is known without a read: this stream has put it, this handle may write, and
            // nothing of this handle replaces the key. The read would cost a request.
            let is_sure = flight.has_put
                && !transaction.is_retry
                && self.replacing.get() == 0
                && self.stream(key).is_some_and(|it| it.borrow().id == next.id);
            let head = if is_sure {
                None
            } else {
                Some(transaction.get(&HEADS, &flight.name)?)
            };
            put_end(transaction, &flight.name, next, flight.start, &flight.bytes)?;
            let Some(head) = head else {
                return Ok(());
            };
            let found = head_of(key, &head.wait().await?)?;
            let is_before = match &found {
                None => !flight.was_stored,
                Some(found) => {
                    flight.was_stored && found.id == next.id && found.len == flight.end_before
                }
            };
            if is_before || found.as_ref() == Some(next) {
                return Ok(());
            }
            Err(PersistenceError::Conflict {
                key: key.clone(),
                position: flight.end_before,
                end: found.map_or(0, |found| found.len),
            }
            .into())
        };
        self.change("append to", Some(key), change).await
    }

    /// Publishes a whole value.
    pub(super) async fn publish(self: &Rc<Self>, key: &Key, value: Value) -> Result<()> {
        let (shared, key) = (Rc::clone(self), key.clone());
        let replacing = Replacing::begin(self);
        detached(async move {
            let _replacing = replacing;
            let published = shared.put_value(&key, &value).await;
            if may_be_done(&published) {
                shared.forget(&key);
            } else {
                shared.discard(value.id, value.staged).await;
            }
            published
        })
        .await
    }

    async fn put_value(&self, key: &Key, value: &Value) -> Result<()> {
        let next = Head::of(value.id, value.staged, value.rest.clone());
        let change = async |transaction: &Transaction| {
            let head = transaction.get(&HEADS, &name(key))?;
            put_end(transaction, &name(key), &next, value.staged, &value.rest)?;
            if value.staged > 0 {
                transaction.delete(&STAGED, &value.id.mark())?;
            }
            match head_of(key, &head.wait().await?)? {
                Some(old) if old.id == value.id => {}
                Some(_) if value.precondition == Precondition::Absent => {
                    let place = self.place_of(Some(key));
                    return Err(PersistenceError::AlreadyExists { place }.into());
                }
                Some(old) => transaction.delete(&ROWS, &old.id.all_rows()?)?,
                None => {}
            }
            Ok(())
        };
        self.change("save", Some(key), change).await
    }

    /// Writes a part of a value that is to be published later, marked as staged.
    pub(super) async fn stage_rows(
        &self,
        key: &Key,
        id: StreamId,
        start: u64,
        bytes: &[u8],
    ) -> Result<()> {
        let change = async |transaction: &Transaction| {
            transaction.put(&STAGED, &id.mark(), &true.into())?;
            put_rows(transaction, id, start, bytes)
        };
        self.change("save", Some(key), change).await
    }

    /// Removes staged rows that will not be published. Where this fails, the next open removes
    /// them.
    pub(super) async fn discard(&self, id: StreamId, staged: u64) {
        if staged == 0 {
            return;
        }
        let change = async |transaction: &Transaction| {
            transaction.delete(&STAGED, &id.mark())?;
            Ok(transaction.delete(&ROWS, &id.all_rows()?)?)
        };
        // Where this fails, the next open removes the rows.
        let _ = self.change("clean up", None, change).await;
    }

    /// Removes a key.
    pub(super) async fn delete(self: &Rc<Self>, key: &Key) -> Result<()> {
        let (shared, key) = (Rc::clone(self), key.clone());
        let replacing = Replacing::begin(self);
        detached(async move {
            let _replacing = replacing;
            let change = async |transaction: &Transaction| {
                let head = transaction.get(&HEADS, &name(&key))?;
                transaction.delete(&HEADS, &name(&key))?;
                if let Some(head) = head_of(&key, &head.wait().await?)? {
                    transaction.delete(&ROWS, &head.id.all_rows()?)?;
                }
                Ok(())
            };
            let deleted = shared.change("delete", Some(&key), change).await;
            if may_be_done(&deleted) {
                shared.forget(&key);
            }
            deleted
        })
        .await
    }
}
