//! A program is killed between its append and its flush; the next one opens the store, and then the power fails.
//!
//! The frames were found in the system's memory only, and the new manifest vouches for them: without a flush in between, the segment
//! would be shorter than the manifest says, and the store damaged.

use std::ops::Range;

use bytes::Bytes;
use pollster::block_on;
use steadfast_core::{
    Durability, Entry, Fate, Key, Kv, MemoryBackend, MemoryStaged, PersistenceError, Prefix,
    Result, StorageBackend, Store, StoreOptions, Survives,
};

/// A memory backend whose handles are held to keep each other out, as a lock on files does.
struct Locked(MemoryBackend);

impl StorageBackend for Locked {
    type Staged = MemoryStaged;

    fn location(&self) -> String {
        self.0.location()
    }

    fn survives(&self) -> Survives {
        self.0.survives()
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn unique(&self) -> u64 {
        self.0.unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.0.read(key, range).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        self.0.list(prefix).await
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.0.write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.0.append(key, position, data).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        self.0.sync(key).await
    }

    async fn stage(&self, key: &Key) -> Result<MemoryStaged> {
        self.0.stage(key).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.0.delete(key).await
    }
}

fn found_after_the_power_failed() -> Result<Option<Vec<u8>>> {
    block_on(async {
        let disk = MemoryBackend::new();
        let unflushed = StoreOptions::default().durability(Durability::Buffered);
        let store: Store<Kv, _> = Store::open(Locked(disk.clone()), unflushed).await?;
        store.commit(Kv::put("key", "value")?).await?;
        drop(store);
        // The machine stays up: the next program sees the frame.
        let next: Store<Kv, _> = Store::open(Locked(disk.clone()), StoreOptions::default()).await?;
        assert!(next.read(|kv| kv.contains_key(b"key"))?);
        drop(next);
        let (kv, _) = Store::<Kv, _>::load(&disk.restart(Fate::Lost)).await?;
        Ok::<_, PersistenceError>(kv.get(b"key").map(<[u8]>::to_vec))
    })
}

#[test]
fn what_a_killed_predecessor_left_is_flushed_first() {
    let found = found_after_the_power_failed().expect("a sound store");
    assert_eq!(found.as_deref(), Some(&b"value"[..]));
}
