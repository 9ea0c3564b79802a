//! A memory disk with a limited number of bytes.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use steadfast_core::{
    Entry, Key, MemoryBackend, MemoryStaged, Precondition, Prefix, Result, Staged, StorageBackend,
    Survives,
};

use super::probe::full;

/// A memory disk that counts the bytes in its streams and in saves under way.
#[derive(Clone)]
pub(crate) struct Room {
    disk: MemoryBackend,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    capacity: AtomicU64,
    staged: AtomicU64,
    saves: Mutex<Vec<Key>>,
}

impl Room {
    /// With unlimited space, until it is [limited](Self::leave).
    pub(crate) fn new(disk: &MemoryBackend) -> Self {
        let shared = Arc::<Shared>::default();
        shared.capacity.store(u64::MAX, Ordering::Relaxed);
        Self {
            disk: disk.clone(),
            shared,
        }
    }

    /// With space for `bytes` bytes in all.
    pub(crate) fn with_capacity(disk: &MemoryBackend, bytes: u64) -> Self {
        let room = Self::new(disk);
        room.shared.capacity.store(bytes, Ordering::Relaxed);
        room
    }

    /// From now on there is space for `bytes` bytes more.
    pub(crate) fn leave(&self, bytes: u64) {
        let used = pollster::block_on(self.used()).unwrap_or_else(|e| panic!("{e}"));
        let capacity = used.saturating_add(bytes);
        self.shared.capacity.store(capacity, Ordering::Relaxed);
    }

    /// The keys of the saves that were begun in this folder.
    pub(crate) fn saves(&self, folder: &str) -> Vec<Key> {
        let saves = self.shared.saves.lock();
        let saves = saves.unwrap_or_else(PoisonError::into_inner);
        let within = |key: &&Key| key.as_str().split('/').next() == Some(folder);
        saves.iter().filter(within).cloned().collect()
    }

    /// The bytes of saves that are neither published nor dropped.
    pub(crate) fn staged(&self) -> u64 {
        self.shared.staged.load(Ordering::Relaxed)
    }

    async fn used(&self) -> Result<u64> {
        let listing = self.disk.list(&Prefix::ROOT).await?;
        let streams: u64 = listing.iter().map(|entry| entry.len).sum();
        Ok(streams + self.staged())
    }

    async fn ensure_room(&self, action: &'static str, key: &Key, len: usize) -> Result<()> {
        let capacity = self.shared.capacity.load(Ordering::Relaxed);
        if self.used().await?.saturating_add(len as u64) > capacity {
            return Err(full(action, key.as_str()));
        }
        Ok(())
    }
}

impl StorageBackend for Room {
    type Staged = RoomStaged;

    fn location(&self) -> String {
        "room".into()
    }

    fn survives(&self) -> Survives {
        self.disk.survives()
    }

    fn is_exclusive(&self) -> bool {
        false
    }

    fn unique(&self) -> u64 {
        self.disk.unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.disk.read(key, range).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        self.disk.list(prefix).await
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.ensure_room("write", key, data.len()).await?;
        self.disk.write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.ensure_room("append to", key, data.len()).await?;
        self.disk.append(key, position, data).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        self.disk.sync(key).await
    }

    async fn stage(&self, key: &Key) -> Result<RoomStaged> {
        let staged = self.disk.stage(key).await?;
        let saves = self.shared.saves.lock();
        saves
            .unwrap_or_else(PoisonError::into_inner)
            .push(key.clone());
        Ok(RoomStaged {
            staged: Some(staged),
            key: key.clone(),
            len: 0,
            room: self.clone(),
        })
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.disk.delete(key).await
    }
}

/// A save into a [`Room`]. Its space is free again when it is dropped.
pub(crate) struct RoomStaged {
    staged: Option<MemoryStaged>,
    key: Key,
    len: u64,
    room: Room,
}

impl Staged for RoomStaged {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        self.room
            .ensure_room("write", &self.key, data.len())
            .await?;
        let len = data.len() as u64;
        if let Some(staged) = &mut self.staged {
            staged.write(data).await?;
        }
        self.len += len;
        self.room.shared.staged.fetch_add(len, Ordering::Relaxed);
        Ok(())
    }

    async fn commit(mut self, precondition: Precondition) -> Result<()> {
        match self.staged.take() {
            Some(staged) => staged.commit(precondition).await,
            None => Ok(()),
        }
    }
}

impl Drop for RoomStaged {
    fn drop(&mut self) {
        let staged = &self.room.shared.staged;
        staged.fetch_sub(self.len, Ordering::Relaxed);
    }
}
