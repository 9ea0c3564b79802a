//! A slow flush does not hold up the other tasks of the executor: here it ends only when one of
//! them lets it.
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::ops::Range;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use steadfast::{
    Entry, Immediate, Key, Kv, MemoryBackend, MemoryStaged, Prefix, Result, StorageBackend, Store,
    StoreOptions, Survives, Threaded,
};

/// A disk whose flushes of the log wait for permission.
struct Slow {
    disk: MemoryBackend,
    permits: Mutex<Receiver<()>>,
}

impl Slow {
    fn wait_for_permission(&self) {
        let permits = self.permits.lock().expect("no panic");
        permits.recv().expect("the test gives permits");
    }
}

impl StorageBackend for Slow {
    type Staged = MemoryStaged;

    fn location(&self) -> String {
        self.disk.location()
    }

    fn survives(&self) -> Survives {
        self.disk.survives()
    }

    fn is_exclusive(&self) -> bool {
        true
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
        self.disk.write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.disk.append(key, position, data).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        self.wait_for_permission();
        self.disk.sync(key).await
    }

    async fn stage(&self, key: &Key) -> Result<MemoryStaged> {
        self.disk.stage(key).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.disk.delete(key).await
    }
}

impl Immediate for Slow {}

#[tokio::test(flavor = "current_thread")]
async fn an_executor_is_never_blocked() {
    let (permit, permits) = channel();
    permit.send(()).expect("a permit for the first segment");
    let slow = Slow {
        disk: MemoryBackend::new(),
        permits: Mutex::new(permits),
    };
    let options = StoreOptions::default();
    let store: Store<Kv, _> = Store::open(Threaded::new(slow), options)
        .await
        .expect("a store");
    let committed = tokio::spawn({
        let store = store.clone();
        async move { store.commit(Kv::put("key", "value")?).await }
    });
    // This task has the only thread; were it blocked by the flush, the permit would never come.
    tokio::task::yield_now().await;
    tokio::spawn(async move { permit.send(()).expect("the flush waits") })
        .await
        .expect("no panic");
    committed.await.expect("no panic").expect("a commit");
    assert_eq!(store.read(Kv::len).expect("sound"), 1);
}
