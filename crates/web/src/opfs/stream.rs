//! What a key holds: its file, and whether it may still be written.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Result};

use super::file::File;
use crate::error::{failed, poisoned};
use crate::number::len_u64;

/// A key with its file.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) file: Rc<File>,
    place: String,
    death: RefCell<Option<PersistenceError>>,
}

impl Stream {
    pub(super) fn new(file: Rc<File>, place: String) -> Self {
        Self {
            file,
            place,
            death: RefCell::new(None),
        }
    }

    fn alive(&self) -> Result<()> {
        self.death
            .borrow()
            .as_ref()
            .map_or(Ok(()), |cause| Err(poisoned(cause)))
    }

    fn or_die<T>(&self, done: Result<T>) -> Result<T> {
        if let Err(error) = &done {
            self.death.borrow_mut().get_or_insert_with(|| error.clone());
        }
        done
    }

    pub(super) fn len(&self) -> u64 {
        self.file.len()
    }

    pub(super) fn read(&self, range: std::ops::Range<u64>) -> Result<Bytes> {
        let read = self.file.get(range).map(Bytes::from);
        read.map_err(|error| failed("read", &self.place, &error))
    }

    pub(super) fn append(&self, key: &Key, position: u64, data: &[u8]) -> Result<()> {
        self.alive()?;
        let end = self.len();
        if end != position {
            return Err(PersistenceError::Conflict {
                key: key.clone(),
                position,
                end,
            });
        }
        if position.checked_add(len_u64(data.len())).is_none() {
            return Err(PersistenceError::TooLarge {
                what: "the stream",
                len: u64::MAX,
                len_max: u64::MAX,
            });
        }
        let put = self.file.put(position, data);
        self.or_die(put.map_err(|error| failed("append to", &self.place, &error)))
    }

    pub(super) fn sync(&self) -> Result<()> {
        self.alive()?;
        let settled = self.file.settle();
        self.or_die(settled.map_err(|error| failed("flush", &self.place, &error)))
    }
}
