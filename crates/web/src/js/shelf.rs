//! A home in memory, for archives on their way in and out, and for `storage: "memory"`.
//!
//! The core's [`MemoryBackend`](steadfast_core::MemoryBackend) simulates a disk that fails and
//! forgets. A page should not have to load that.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{
    Entry, Key, PersistenceError, Precondition, Prefix, Result, Staged, StorageBackend, Survives,
};

/// Streams in the order of their names.
type Streams = Vec<(Key, Vec<u8>)>;

/// A home in memory. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Shelf {
    streams: Rc<RefCell<Streams>>,
    /// Streams that are read where they lie: see `file`.
    #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
    files: super::file::Files,
    drawn: Cell<u64>,
}

/// Archives.
#[cfg(feature = "npm-whole")]
impl Shelf {
    /// A home of files, which cannot be written.
    #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
    pub(super) fn of_files(files: super::file::Files) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }

    /// Takes out the streams that `wanted` picks.
    #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
    pub(super) fn take_streams(&self, wanted: impl Fn(&Key) -> bool) -> Streams {
        let mut streams = self.streams.borrow_mut();
        streams.extract_if(.., |(key, _)| wanted(key)).collect()
    }

    /// The name of the last stream under `prefix`.
    #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
    pub(super) fn last_under(&self, prefix: &str) -> Option<Key> {
        let streams = self.streams.borrow();
        let mut under = streams.iter().map(|(key, _)| key);
        under.rfind(|key| key.as_str().starts_with(prefix)).cloned()
    }
}

impl Shelf {
    fn find<R>(&self, key: &Key, look: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let streams = self.streams.borrow();
        let at = place(&streams, key).ok()?;
        streams.get(at).map(|(_, data)| look(data))
    }
}

fn place(streams: &Streams, key: &Key) -> std::result::Result<usize, usize> {
    streams.binary_search_by(|(other, _)| other.cmp(key))
}

fn put(streams: &mut Streams, key: &Key, data: Vec<u8>) {
    match place(streams, key) {
        Ok(at) => {
            if let Some(stream) = streams.get_mut(at) {
                stream.1 = data;
            }
        }
        Err(at) => streams.insert(at, (key.clone(), data)),
    }
}

impl StorageBackend for Shelf {
    type Staged = ShelfStaged;

    fn location(&self) -> String {
        "memory".into()
    }

    fn survives(&self) -> Survives {
        Survives::Nothing
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn unique(&self) -> u64 {
        // Unlike any other number of this handle; nothing here outlives it.
        self.drawn.set(self.drawn.get().wrapping_add(1));
        self.drawn.get().wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
        if let Some(file) = super::file::find(&self.files, key) {
            return file.read(range).await.map(Some);
        }
        Ok(self.find(key, |data| {
            let cut = |at: u64| usize::try_from(at).map_or(data.len(), |at| at.min(data.len()));
            let part = data.get(cut(range.start)..cut(range.end));
            Bytes::copy_from_slice(part.unwrap_or_default())
        }))
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        let streams = self.streams.borrow();
        let all = streams.iter().map(|(key, data)| (key, data.len() as u64));
        #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
        let all = all.chain(self.files.iter().map(|(key, file)| (key, file.len())));
        let under = all.filter(|(key, _)| prefix.contains(key));
        Ok(under
            .map(|(key, len)| Entry {
                key: key.clone(),
                len,
            })
            .collect())
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        put(&mut self.streams.borrow_mut(), key, data.to_vec());
        Ok(())
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        let end = self.find(key, |data| data.len() as u64).unwrap_or(0);
        if end != position {
            return Err(PersistenceError::Conflict {
                key: key.clone(),
                position,
                end,
            });
        }
        let mut streams = self.streams.borrow_mut();
        match place(&streams, key) {
            Ok(at) => {
                if let Some(stream) = streams.get_mut(at) {
                    stream.1.extend_from_slice(&data);
                }
            }
            Err(at) => streams.insert(at, (key.clone(), data.to_vec())),
        }
        Ok(())
    }

    async fn sync(&self, _key: &Key) -> Result<()> {
        Ok(())
    }

    async fn stage(&self, key: &Key) -> Result<ShelfStaged> {
        Ok(ShelfStaged {
            streams: Rc::clone(&self.streams),
            key: key.clone(),
            data: Vec::new(),
        })
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        let mut streams = self.streams.borrow_mut();
        if let Ok(at) = place(&streams, key) {
            streams.remove(at);
        }
        Ok(())
    }
}

/// A save to a [`Shelf`] between its two phases.
pub(super) struct ShelfStaged {
    streams: Rc<RefCell<Streams>>,
    key: Key,
    data: Vec<u8>,
}

impl Staged for ShelfStaged {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        self.data.extend_from_slice(&data);
        Ok(())
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        let mut streams = self.streams.borrow_mut();
        if precondition == Precondition::Absent && place(&streams, &self.key).is_ok() {
            return Err(PersistenceError::AlreadyExists {
                place: format!("`{}`", self.key),
            });
        }
        put(&mut streams, &self.key, self.data);
        Ok(())
    }
}
