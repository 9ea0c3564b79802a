//! A read beside a writer takes time. It may pass zeros before a group replaces them, and then meet
//! a later group that states the first one to be durable. A second read finds the group. What is
//! still wrong then is damage.
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::probe::{Call, Probe};
use pollster::block_on;
use steadfast_core::{
    Kv, MemoryBackend, PersistenceError, Prefix, StorageBackend, Store, StoreOptions, verify,
};

const HEADER_LEN: usize = 96;

/// A store of three commits whose writer is alive, and its log as a slow read sees it: too early
/// for the second commit, in time for the third.
fn beside_a_writer() -> (MemoryBackend, steadfast_core::Key, Vec<u8>, Vec<u8>) {
    let disk = MemoryBackend::new();
    let mut lengths = Vec::new();
    let key = block_on(async {
        let store: Store<Kv, _> = Store::open(disk.clone(), StoreOptions::default()).await?;
        let mut key = None;
        for name in ["first", "second", "third"] {
            store.commit(Kv::put(name, "value")?).await?;
            let listed = disk.list(&Prefix::ROOT).await?;
            let log = listed
                .into_iter()
                .rfind(|entry| entry.key.as_str().starts_with("wal"));
            let log = log.expect("a log");
            lengths.push(usize::try_from(log.len).expect("a few bytes"));
            key = Some(log.key);
        }
        // As a writer that lives leaves it.
        std::mem::forget(store);
        Ok::<_, PersistenceError>(key.expect("commits"))
    })
    .expect("a sound store");
    let whole = block_on(disk.read(&key, 0..u64::MAX))
        .expect("sound")
        .expect("there");
    let mut early = whole.to_vec();
    assert!(lengths[0] > HEADER_LEN);
    early[lengths[0]..lengths[1]].fill(0);
    (disk, key, early, whole.to_vec())
}

fn put(disk: &MemoryBackend, key: &steadfast_core::Key, bytes: &[u8]) {
    block_on(disk.write(key, bytes.to_vec().into())).expect("a memory disk");
}

/// The log looks as the early read sees it, until it was read `times` times.
fn seen_early(times: usize) -> Probe {
    let (disk, key, early, whole) = beside_a_writer();
    put(&disk, &key, &early);
    let probe = Probe::new(&disk, 0);
    let reads = Arc::new(AtomicUsize::new(0));
    probe.before_each_call(move |_, call| {
        if *call == Call::Read(key.clone()) && reads.fetch_add(1, Ordering::Relaxed) == times {
            put(&disk, &key, &whole);
        }
    });
    probe
}

#[test]
fn a_slow_read_beside_a_writer_is_no_damage() {
    let report = block_on(verify(&seen_early(1))).expect("a store");
    assert!(report.is_sound(), "{:?}", report.damage);
    assert_eq!(report.commits, 3);
    let (state, _) = block_on(Store::<Kv, _>::load(&seen_early(1))).expect("a store");
    assert_eq!(state.len(), 3);
}

#[test]
fn what_is_still_so_is_damage() {
    let report = block_on(verify(&seen_early(usize::MAX))).expect("a store");
    assert!(
        matches!(report.damage[..], [PersistenceError::Corrupt { .. }]),
        "{:?}",
        report.damage
    );
}
