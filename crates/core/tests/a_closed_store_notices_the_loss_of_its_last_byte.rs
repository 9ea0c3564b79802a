//! After `close` the length of the log is on record. A cut anywhere in it, also between two frames,
//! is damage and not a torn tail.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use common::probe::Probe;
use pollster::block_on;
use steadfast_core::{
    Fate, Key, Kv, MemoryBackend, PersistenceError, StorageBackend, Store, StoreOptions, WHOLE,
    verify,
};

fn closed_store() -> (MemoryBackend, Key, Bytes) {
    block_on(async {
        let disk = MemoryBackend::new();
        let store: Store<Kv, _> = Store::open(disk.clone(), StoreOptions::default()).await?;
        for number in 0..3 {
            store
                .commit(Kv::put(format!("key {number}"), "value")?)
                .await?;
        }
        store.close().await?;
        let disk = disk.restart(Fate::Lost);
        let key: Key = "wal/0000000000000001".parse()?;
        let bytes = disk.read(&key, WHOLE).await?.unwrap_or_default();
        Ok::<_, PersistenceError>((disk, key, bytes))
    })
    .expect("a closed store")
}

#[test]
fn every_cut_is_noticed() {
    let (disk, key, bytes) = closed_store();
    for len in 0..bytes.len() {
        let cut = disk.restart(Fate::Kept);
        block_on(cut.atomic_write(&key, bytes.slice(..len))).expect("a save");
        let loaded = block_on(Store::<Kv, _>::load(&cut)).map(|(kv, _)| kv.len());
        assert!(
            matches!(loaded, Err(PersistenceError::Corrupt { .. })),
            "{len}: {loaded:?}"
        );
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (disk, key, bytes) = closed_store();
    for at in 0..bytes.len() {
        let mut flipped = bytes.to_vec();
        if let Some(byte) = flipped.get_mut(at) {
            *byte ^= 1 << (at % 8);
        }
        let damaged = disk.restart(Fate::Kept);
        block_on(damaged.atomic_write(&key, flipped.into())).expect("a save");
        let loaded = block_on(Store::<Kv, _>::load(&damaged)).map(|(kv, _)| kv.len());
        assert!(
            matches!(loaded, Err(PersistenceError::Corrupt { .. })),
            "{at}: {loaded:?}"
        );
    }
}

#[test]
fn a_handle_that_turns_up_during_the_close_loses_nothing() {
    another_handle_turns_up(1);
    // The end of an empty segment is put on record too.
    another_handle_turns_up(0);
}

fn another_handle_turns_up(commits: usize) {
    block_on(async {
        let disk = MemoryBackend::new();
        let probe = Probe::new(&disk, 1);
        let store: Store<Kv, _> = Store::open(probe, StoreOptions::default()).await?;
        for _ in 0..commits {
            store.commit(Kv::put("before", "x")?).await?;
        }
        let weak = store.downgrade();
        let mut closing = pin!(store.close());
        // The first poll has begun to put the length on record; then another handle turns up.
        let begun = poll_fn(|context| Poll::Ready(closing.as_mut().poll(context))).await;
        assert!(begun.is_pending(), "the probe suspends");
        let other = weak.upgrade().expect("still open");
        closing.await?;
        let (kv, report) = Store::<Kv, _>::load(&disk).await?;
        assert_eq!(
            (kv.len(), report.manifest.get()),
            (commits, 2),
            "the log is finished"
        );
        other.commit(Kv::put("after", "x")?).await?;
        drop(other);
        let disk = disk.restart(Fate::Lost);
        let (kv, _) = Store::<Kv, _>::load(&disk).await?;
        assert_eq!(kv.len(), commits + 1);
        assert!(verify(&disk).await?.is_sound());
        Ok::<_, PersistenceError>(())
    })
    .expect("a sound store");
}
