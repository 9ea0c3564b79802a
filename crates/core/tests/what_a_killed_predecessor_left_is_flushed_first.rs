//! A program is killed between its append and its flush. The next one opens the store, and then the
//! power fails.
//!
//! The frames were only in the system's memory. The new manifest names a copy of them. If that
//! manifest is damaged, recovery falls back to the one before, which leads to the segment itself.
//! The next segment states how long that segment is. Without a flush in between, it would be
//! shorter.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::ops::Range;

use bytes::Bytes;
use common::disk::{disk_with, newest};
use pollster::block_on;
use steadfast_core::{
    Durability, Entry, Fate, Key, Kv, MemoryBackend, MemoryStaged, Prefix, Result, StorageBackend,
    Store, StoreOptions, Survives,
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

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        self.0.reserve(key, until).await
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

/// The disk after the power failed under a program that opened what a killed one left.
fn disk_after_the_power_failed() -> Result<MemoryBackend> {
    block_on(async {
        let disk = MemoryBackend::new();
        let unflushed = StoreOptions::default().durability(Durability::Buffered);
        let store: Store<Kv, _> = Store::open(Locked(disk.clone()), unflushed).await?;
        store.commit(Kv::put("key", "value")?).await?;
        drop(store);
        // The machine stays up: the next program sees the frame.
        let next: Store<Kv, _> = Store::open(Locked(disk.clone()), StoreOptions::default()).await?;
        assert!(next.read(|kv| kv.contains_key(b"key"))?);
        // Its log leads on from there.
        next.commit(Kv::put("next", "value")?).await?;
        drop(next);
        Ok(disk.restart(Fate::Lost))
    })
}

fn assert_all_there(disk: &MemoryBackend) {
    let (kv, _) = block_on(Store::<Kv, _>::load(disk)).expect("a sound store");
    assert_eq!(kv.get(b"key").map(AsRef::as_ref), Some(&b"value"[..]));
    assert_eq!(kv.get(b"next").map(AsRef::as_ref), Some(&b"value"[..]));
}

#[test]
fn what_a_killed_predecessor_left_is_flushed_first() {
    let disk = disk_after_the_power_failed().expect("a store");
    assert_all_there(&disk);
}

#[test]
fn a_damaged_manifest_leads_back_to_what_a_killed_predecessor_left() {
    let disk = disk_after_the_power_failed().expect("a store");
    let damaged = disk_with(&common::disk::files(&disk), |files| {
        let name = newest(files, "manifest");
        let byte = files.get_mut(&name).and_then(|bytes| bytes.last_mut());
        *byte.expect("a manifest") ^= 1;
    });
    assert_all_there(&damaged);
}
