//! What the handles of one opened store share: which file each key has.
//!
//! A save goes to a file of its own: its bytes, a flush, the head that gives it the key, a flush.
//! The generation in the head is higher than that of the key's old file, so from that moment on the
//! new one counts, whatever becomes of the old. Only then is the old file released. A deletion
//! flushes every older file of the key as well, or one of them would be back after a crash.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Entry, Key, PersistenceError, Precondition, Prefix, Result};

use super::file::File;
use super::head::Head;
use super::memory::Memory;
use super::pool::Pool;
use super::presence::{Look, Presence};
use super::stream::Stream;
use crate::error::{BrowserError, failed};
use crate::lock::Lock;

/// An opened store. The lock is the last field: it ends after every file is closed.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) place: String,
    pub(super) streams: RefCell<BTreeMap<Key, Rc<Stream>>>,
    /// Files that were of a key, and whose release is not flushed.
    pub(super) loose: RefCell<Vec<(Key, Rc<File>)>>,
    pub(super) pool: Pool,
    pub(super) presence: Presence,
    /// Whether a flush is accompanied by a look. That of a fixed pool never suspends.
    pub(super) may_wait: bool,
    pub(super) memory: Memory,
    pub(super) lock: Option<Lock>,
}

impl Shared {
    pub(super) fn stream_place(&self, key: &Key) -> String {
        format!("`{key}` in {}", self.place)
    }

    /// Gives every key its newest file, and releases the older ones.
    pub(super) fn adopt(&self, used: Vec<Rc<File>>) -> Result<()> {
        let mut newest: BTreeMap<Key, (u64, u64, Rc<File>)> = BTreeMap::new();
        for file in used {
            let head = file.head();
            let Some((key, len)) = head.value else {
                continue;
            };
            let older = match newest.get(&key) {
                Some((generation, _, _)) if *generation > head.generation => Some(file),
                _ => newest
                    .insert(key.clone(), (head.generation, len, file))
                    .map(|(_, _, older)| older),
            };
            if let Some(older) = older {
                self.release(&key, older)?;
            }
        }
        let mut streams = self.streams.borrow_mut();
        for (key, (_, len, file)) in newest {
            let stream = Stream::new(file, self.stream_place(&key));
            let found = stream.len();
            if found < len {
                return Err(PersistenceError::Corrupt {
                    key,
                    offset: found,
                    expected: format!("{len} bytes"),
                    found: "the end".into(),
                });
            }
            streams.insert(key, Rc::new(stream));
        }
        Ok(())
    }

    /// Fails once another worker has taken the lock away.
    pub(super) fn writable(&self) -> Result<()> {
        if self.lock.as_ref().is_some_and(Lock::is_lost) {
            return Err(PersistenceError::Fenced { epoch: 0 });
        }
        Ok(())
    }

    /// Begins the look that goes with a flush, where one is due.
    pub(super) fn look(&self) -> Option<Look> {
        let due = self.may_wait.then(|| self.presence.look_if_due());
        due.flatten()
    }

    /// What the look saw.
    pub(super) async fn ensure_present(&self, look: Option<Look>) -> Result<()> {
        match look {
            Some(look) => look.ensure_present(&self.place).await,
            None => Ok(()),
        }
    }

    /// Notes that there are keys. A fixed pool never suspends: its next open notes it.
    pub(super) async fn note_keys(&self) {
        if self.may_wait {
            self.memory.note().await;
        }
    }

    /// Forgets that there are keys if this is the last one.
    pub(super) async fn forget_last(&self, key: &Key) {
        let is_last = self.streams.borrow().keys().eq([key]);
        if is_last && self.may_wait {
            self.memory.forget().await;
        } else if is_last {
            self.memory.forget_soon();
        }
    }

    fn stream(&self, key: &Key) -> Option<Rc<Stream>> {
        self.streams.borrow().get(key).cloned()
    }

    /// A free file, without waiting for one.
    pub(super) fn take(&self, key: &Key) -> Result<Rc<File>> {
        self.writable()?;
        self.pool.take().ok_or_else(|| {
            let reason = "all of the store's open files are in use: open it with more of them";
            let error = BrowserError::new("PoolExhaustedError", reason);
            failed("make a file for", &self.stream_place(key), &error)
        })
    }

    fn release(&self, key: &Key, file: Rc<File>) -> Result<()> {
        let released = self.pool.release(Rc::clone(&file));
        released.map_err(|error| failed("clean up", &self.stream_place(key), &error))?;
        let mut loose = self.loose.borrow_mut();
        loose.retain(|(_, file)| file.is_loose());
        loose.push((key.clone(), file));
        Ok(())
    }

    pub(super) fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.stream(key)
            .map(|stream| stream.read(range))
            .transpose()
    }

    pub(super) fn list(&self, prefix: &Prefix) -> Vec<Entry> {
        let streams = self.streams.borrow();
        let under = streams.iter().filter(|(key, _)| prefix.contains(key));
        under
            .map(|(key, stream)| Entry {
                key: key.clone(),
                len: stream.len(),
            })
            .collect()
    }

    /// Whether an append to `key` at `position` makes a new stream.
    pub(super) fn needs_file(&self, key: &Key, position: u64) -> bool {
        position == 0 && self.stream(key).is_none()
    }

    pub(super) fn append(&self, key: &Key, position: u64, data: &[u8]) -> Result<()> {
        self.writable()?;
        let stream = match self.stream(key) {
            Some(stream) => stream,
            None if position == 0 => self.create(key)?,
            None => {
                return Err(PersistenceError::Conflict {
                    key: key.clone(),
                    position,
                    end: 0,
                });
            }
        };
        stream.append(key, position, data)
    }

    fn create(&self, key: &Key) -> Result<Rc<Stream>> {
        let place = self.stream_place(key);
        let file = self.take(key)?;
        let head = Head {
            generation: self.pool.next_generation(),
            value: Some((key.clone(), 0)),
        };
        if let Err(error) = file.set_head(head) {
            // What its head says now is unknown: it stays out of use until the store is opened
            // again.
            return Err(failed("create", &place, &error));
        }
        let stream = Rc::new(Stream::new(file, place));
        let mut streams = self.streams.borrow_mut();
        streams.insert(key.clone(), Rc::clone(&stream));
        Ok(stream)
    }

    pub(super) fn sync(&self, key: &Key) -> Result<()> {
        self.writable()?;
        self.stream(key).map_or(Ok(()), |stream| stream.sync())
    }

    /// Publishes a file whose bytes are all there.
    pub(super) fn publish(
        &self,
        key: &Key,
        file: Rc<File>,
        precondition: Precondition,
    ) -> Result<()> {
        self.writable()?;
        let place = self.stream_place(key);
        if precondition == Precondition::Absent && self.stream(key).is_some() {
            self.abandon(file);
            return Err(PersistenceError::AlreadyExists { place });
        }
        if let Err(error) = file.flush() {
            self.abandon(file);
            return Err(failed("flush", &place, &error));
        }
        let head = Head {
            generation: self.pool.next_generation(),
            value: Some((key.clone(), file.len())),
        };
        // From the head's first byte on, a failure leaves open which of the two values counts.
        if let Err(error) = file.set_head(head).and_then(|()| file.settle()) {
            return Err(PersistenceError::OutcomeUnknown {
                place,
                source: error.source(),
            });
        }
        let stream = Rc::new(Stream::new(file, place));
        let old = self.streams.borrow_mut().insert(key.clone(), stream);
        match old {
            Some(old) => self.release(key, Rc::clone(&old.file)),
            None => Ok(()),
        }
    }

    /// Gives back a file that was never published: its head still says that it is free.
    pub(super) fn abandon(&self, file: Rc<File>) {
        // Where the cut fails, the next open repeats it; and the file is not used again until then.
        if file.clear().and_then(|()| file.flush()).is_ok() {
            self.pool.give_back(file);
        }
    }

    /// Whether there are free files to be [closed](Self::close_long).
    pub(super) fn has_long(&self) -> bool {
        self.pool.has_long()
    }

    /// Closes free files that were long, so that the browser gives their room back.
    ///
    /// Chromium never returns from closing a file whose name is gone: so the name of the first file
    /// is looked at right before.
    pub(super) async fn close_long(&self) -> Result<()> {
        if self.pool.has_long() {
            self.presence.look().ensure_present(&self.place).await?;
            self.pool.close_long();
        }
        Ok(())
    }

    pub(super) fn delete(&self, key: &Key) -> Result<()> {
        self.writable()?;
        let Some(stream) = self.stream(key) else {
            return Ok(());
        };
        self.release(key, Rc::clone(&stream.file))?;
        self.streams.borrow_mut().remove(key);
        let place = self.stream_place(key);
        let mut loose = self.loose.borrow_mut();
        for (_, file) in loose.iter().filter(|(released, _)| released == key) {
            file.settle()
                .map_err(|error| PersistenceError::OutcomeUnknown {
                    place: place.clone(),
                    source: error.source(),
                })?;
        }
        // One that is in use again, for another key, is settled as well.
        loose.retain(|(released, file)| released != key && file.is_loose());
        Ok(())
    }
}
