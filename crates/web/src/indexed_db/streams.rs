//! The streams that a handle has appended to, by key.
//!
//! They are few, namely the newest parts of a log, and are looked up twice for each commit. So they
//! are a list sorted by key: a page need not load the code of a hash table for them.

use std::cell::RefCell;
use std::rc::Rc;

use steadfast_core::Key;

use super::stream::Stream;

/// A stream that several tasks look at.
pub(super) type SharedStream = Rc<RefCell<Stream>>;

/// Streams by key.
#[derive(Default)]
pub(super) struct Streams(Vec<(Key, SharedStream)>);

impl Streams {
    fn place(&self, key: &Key) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key))
    }

    pub(super) fn get(&self, key: &Key) -> Option<SharedStream> {
        let at = self.place(key).ok()?;
        self.0.get(at).map(|(_, stream)| Rc::clone(stream))
    }

    /// The stream of a key; where there is none, it is made.
    pub(super) fn get_or(&mut self, key: &Key, make: impl FnOnce() -> Stream) -> SharedStream {
        if let Some(stream) = self.get(key) {
            return stream;
        }
        let stream = Rc::new(RefCell::new(make()));
        let at = self.place(key).unwrap_or_else(|at| at);
        self.0.insert(at, (key.clone(), Rc::clone(&stream)));
        stream
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Ok(at) = self.place(key) {
            self.0.remove(at);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Key, SharedStream)> {
        self.0.iter()
    }
}
