//! A ready-made state: an ordered map of bytes.
//!
//! The map is persistent (in the sense of data structures). [`freeze`](crate::State::freeze) copies
//! its root. While that copy is written out, changes copy only the nodes that they touch. So a
//! snapshot does not delay commits and needs no second copy of the contents.

mod blob;
mod format;
mod frozen;
mod pieces;

use std::ops::Bound;

use imbl::OrdMap;

use crate::error::{PersistenceError, Result};
use crate::state::{Frozen, Schema, State, Thaw};
use blob::Blob;
pub use format::KvCodec;

/// The longest key of a [`Kv`], in bytes.
pub const KV_KEY_LEN_MAX: usize = 1024;

/// The longest value of a [`Kv`], in bytes: 64 MiB.
pub const KV_VALUE_LEN_MAX: usize = 64 << 20;

type Map = OrdMap<Blob, Blob>;

/// An ordered map from byte strings to byte strings. It changes by [`KvBatch`]es, each of them
/// atomic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kv {
    map: Map,
}

/// One change of a [`Kv`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Put {
        key: Blob,
        value: Blob,
    },
    Delete {
        key: Blob,
    },
    /// Removes every pair whose key does not begin with `kept`.
    Clear {
        kept: Blob,
    },
    /// Removes the pairs under `prefix`, and makes the changes that their values encode.
    Assemble {
        prefix: Blob,
    },
}

impl Change {
    /// Makes a change of one pair. Only a batch itself makes other changes, not the pieces it
    /// assembles.
    fn make(self, map: &mut Map) {
        match self {
            Self::Put { key, value } => drop(map.insert(key, value)),
            Self::Delete { key } => drop(map.remove(&key)),
            Self::Clear { .. } | Self::Assemble { .. } => {}
        }
    }
}

/// Changes of a [`Kv`] that happen together or not at all, in the order they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KvBatch {
    /// Most batches have one change, which then needs no allocation.
    first: Option<Change>,
    rest: Vec<Change>,
}

impl KvBatch {
    /// A batch without changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change that gives `key` the value `value`.
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`] for an empty key; [`PersistenceError::TooLarge`] beyond
    /// [`KV_KEY_LEN_MAX`] or [`KV_VALUE_LEN_MAX`].
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<()> {
        let (key, value) = (checked_key(key.as_ref())?, value.as_ref());
        if value.len() > KV_VALUE_LEN_MAX {
            let (what, len_max) = ("the value", KV_VALUE_LEN_MAX as u64);
            return Err(PersistenceError::TooLarge {
                what,
                len: value.len() as u64,
                len_max,
            });
        }
        self.push(Change::Put {
            key: key.into(),
            value: value.into(),
        });
        Ok(())
    }

    /// Adds a change that removes `key`.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn delete(&mut self, key: impl AsRef<[u8]>) -> Result<()> {
        let key = checked_key(key.as_ref())?;
        self.push(Change::Delete { key: key.into() });
        Ok(())
    }

    /// Adds a change that removes every pair whose key does not begin with `kept`.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn clear_except(&mut self, kept: impl AsRef<[u8]>) -> Result<()> {
        let kept = checked_key(kept.as_ref())?.into();
        self.push(Change::Clear { kept });
        Ok(())
    }

    /// Adds a change that removes the pairs under `prefix` and makes the changes in their values.
    /// In the order of their keys, the values are the pieces of one encoded batch of puts and
    /// deletions, cut anywhere.
    ///
    /// This makes a batch atomic that is too long for one commit. The pieces are committed first,
    /// one after the other, and this change applies all of them at once. If the pieces are not
    /// whole changes, because the last one is cut or of a later version, the whole batch changes
    /// nothing and the pieces stay. [`Kv::has_whole_pieces`] tells in advance.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn assemble(&mut self, prefix: impl AsRef<[u8]>) -> Result<()> {
        let prefix = checked_key(prefix.as_ref())?.into();
        self.push(Change::Assemble { prefix });
        Ok(())
    }

    /// How many changes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()).saturating_add(self.rest.len())
    }

    /// Whether there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    fn push(&mut self, change: Change) {
        match self.first {
            None => self.first = Some(change),
            Some(_) => self.rest.push(change),
        }
    }

    fn changes(&self) -> impl Iterator<Item = &Change> {
        self.first.iter().chain(&self.rest)
    }
}

fn checked_key(key: &[u8]) -> Result<&[u8]> {
    if key.is_empty() {
        return Err(PersistenceError::InvalidKey {
            name: String::new(),
            reason: "it is empty",
        });
    }
    if key.len() > KV_KEY_LEN_MAX {
        let (what, len_max) = ("the key", KV_KEY_LEN_MAX as u64);
        return Err(PersistenceError::TooLarge {
            what,
            len: key.len() as u64,
            len_max,
        });
    }
    Ok(key)
}

impl Kv {
    /// The batch that gives one key a value.
    ///
    /// # Errors
    /// As for [`KvBatch::put`].
    pub fn put(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<KvBatch> {
        let mut batch = KvBatch::new();
        batch.put(key, value)?;
        Ok(batch)
    }

    /// The batch that removes one key.
    ///
    /// # Errors
    /// As for [`KvBatch::put`].
    pub fn delete(key: impl AsRef<[u8]>) -> Result<KvBatch> {
        let mut batch = KvBatch::new();
        batch.delete(key)?;
        Ok(batch)
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.map.get(key).map(Blob::as_slice)
    }

    /// Whether `key` has a value.
    #[must_use]
    pub fn contains_key(&self, key: &[u8]) -> bool {
        self.map.contains_key(key)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// All pairs, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.map
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// The pairs whose keys begin with `prefix`, in the order of their keys.
    pub fn scan<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        self.map
            .range::<_, [u8]>(from)
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// The pairs whose keys begin with `prefix` and come after `after`, in the order of their keys.
    /// The iteration starts at `after`: the cost of a page does not depend on how many pairs come
    /// before.
    pub fn scan_after<'a>(
        &'a self,
        prefix: &'a [u8],
        after: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let from = if after < prefix {
            Bound::Included(prefix)
        } else {
            Bound::Excluded(after)
        };
        self.map
            .range::<_, [u8]>((from, Bound::Unbounded))
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// Whether the pieces that the batch [assembles](KvBatch::assemble) are whole changes in the
    /// current state. If not, the batch changes nothing.
    #[must_use]
    pub fn has_whole_pieces(&self, batch: &KvBatch) -> bool {
        let mut changes = batch.first.iter().chain(&batch.rest);
        changes.all(|change| match change {
            Change::Assemble { prefix } => pieces::are_whole(&self.map, prefix.as_slice()),
            _ => true,
        })
    }
}

impl Schema for Kv {
    const NAME: &'static str = "steadfast.kv";
    type Codec = KvCodec;
}

impl State for Kv {
    /// Not needed: the format stores lengths in front of keys and values, so it can always be read
    /// back.
    const TRY_SNAPSHOTS: bool = false;

    type Operation = KvBatch;
    type OperationCodec = KvCodec;

    fn apply(&mut self, batch: KvBatch) {
        if !self.has_whole_pieces(&batch) {
            return;
        }
        for change in batch.first.into_iter().chain(batch.rest) {
            match change {
                Change::Clear { kept } => self.map = pieces::under(&self.map, kept.as_slice()),
                Change::Assemble { prefix } => pieces::assemble(&mut self.map, prefix.as_slice()),
                change => change.make(&mut self.map),
            }
        }
    }

    fn freeze(&self) -> Result<Box<dyn Frozen>, crate::codec::CodecError> {
        Ok(Box::new(frozen::FrozenKv::new(self.map.clone())))
    }

    fn thaw(_version: u32) -> Box<dyn Thaw<Self>> {
        Box::new(frozen::ThawingKv::default())
    }
}
