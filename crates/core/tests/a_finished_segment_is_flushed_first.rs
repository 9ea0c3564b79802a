//! Without a flush for each commit, a segment is flushed before a manifest states its length: when
//! it is full, when a snapshot begins the next one, and when the store is closed.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use pollster::block_on;
use steadfast_core::{
    Durability, Fate, Kv, MemoryBackend, PersistenceError, Store, StoreOptions, verify,
};

/// Commits until the log has had `segments`, or to the end, and then the power fails.
fn after_the_power_failed(
    end: impl AsyncFn(Store<Kv, MemoryBackend>) -> Result<(), PersistenceError>,
) -> u64 {
    block_on(async {
        let disk = MemoryBackend::new();
        let options = StoreOptions::default()
            .durability(Durability::Buffered)
            .segment_len(400);
        let store: Store<Kv, _> = Store::open(disk.clone(), options).await?;
        end(store).await?;
        let disk = disk.restart(Fate::Lost);
        assert!(
            verify(&disk).await?.is_sound(),
            "damage where there was only a power cut"
        );
        let (_, report) = Store::<Kv, _>::load(&disk).await?;
        Ok::<_, PersistenceError>(report.lsn.get())
    })
    .expect("a sound store")
}

async fn commit(store: &Store<Kv, MemoryBackend>, count: u32) -> Result<(), PersistenceError> {
    for number in 0..count {
        store
            .commit(Kv::put(format!("key {number}"), "a value of some length")?)
            .await?;
    }
    Ok(())
}

#[test]
fn a_full_segment_is_flushed_first() {
    let found = after_the_power_failed(async |store| commit(&store, 20).await);
    assert!(
        found > 0 && found < 20,
        "whole segments, and not the last one: {found}"
    );
}

#[test]
fn a_snapshot_flushes_first() {
    let found = after_the_power_failed(async |store| {
        commit(&store, 3).await?;
        store.snapshot().await.map(drop)
    });
    assert_eq!(found, 3);
}

#[test]
fn a_close_flushes_first() {
    let found = after_the_power_failed(async |store| {
        commit(&store, 3).await?;
        store.close().await
    });
    assert_eq!(found, 3);
}
