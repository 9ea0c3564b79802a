//! Whole stores: every promise of the core holds on this backend.

use steadfast_core::{
    Kv, MemoryBackend, PersistenceError, Prefix, Result, StorageBackend, Store, StoreOptions,
    copy_store, verify,
};

use super::Place;

async fn open<P: Place>(place: &P) -> Result<Store<Kv, P::Backend>> {
    Store::open(
        place.open().await?,
        StoreOptions::default().segment_len(2_000),
    )
    .await
}

async fn commit<B: StorageBackend>(
    store: &Store<Kv, B>,
    numbers: std::ops::Range<u32>,
) -> Result<()> {
    for number in numbers {
        store
            .commit(Kv::put(format!("key {number}"), format!("value {number}"))?)
            .await?;
    }
    Ok(())
}

fn check(kv: &Kv, count: usize) {
    assert_eq!(kv.len(), count);
    for number in 0..count {
        let value = kv.get(format!("key {number}").as_bytes());
        assert_eq!(value, Some(format!("value {number}").as_bytes()));
    }
}

/// Commits are there after reopening, through rotations of the log.
pub async fn a_store_keeps_what_was_acknowledged<P: Place>(place: &P) -> Result<()> {
    for (start, end) in [(0, 50), (50, 60), (60, 61)] {
        let store = open(place).await?;
        commit(&store, start..end).await?;
        store.read(|kv| check(kv, end as usize))?;
    }
    let store = open(place).await?;
    assert!(store.recovery().is_clean(), "{:?}", store.recovery());
    store.read(|kv| check(kv, 61))?;
    drop(store);
    let report = verify(&place.open().await?).await?;
    assert!(report.is_sound(), "{:?}", report.damage);
    Ok(())
}

/// A snapshot replaces the log before it. Nothing is lost or applied twice.
pub async fn snapshots_keep_the_state<P: Place>(place: &P) -> Result<()> {
    let store = open(place).await?;
    for round in 0..4 {
        commit(&store, round * 20..(round + 1) * 20).await?;
        assert_eq!(store.snapshot().await?.lsn, store.status().lsn);
    }
    commit(&store, 80..85).await?;
    assert_eq!(store.status().snapshots.len(), 2);
    drop(store);
    let store = open(place).await?;
    assert_eq!(store.recovery().replayed, 5);
    store.read(|kv| check(kv, 85))?;
    Ok(())
}

/// Of two writers at most one goes on. Nothing that the other one tried to commit is in the store.
pub async fn a_second_writer_cannot_overwrite<P: Place>(place: &P) -> Result<()> {
    let first = open(place).await?;
    commit(&first, 0..3).await?;
    let second = match open(place).await {
        // With a lock, the second writer is refused.
        Err(PersistenceError::Locked { .. }) => return commit(&first, 3..4).await,
        other => other?,
    };
    // With a fence, the next commit of the first writer is refused.
    let late = first
        .commit(Kv::put("key 3", "from the fenced writer")?)
        .await;
    assert!(
        matches!(late, Err(PersistenceError::Fenced { .. })),
        "{late:?}"
    );
    commit(&second, 3..5).await?;
    drop((first, second));
    open(place).await?.read(|kv| check(kv, 5))
}

/// A copy to another backend, and a copy back, hold the same state.
pub async fn a_copy_holds_the_same<P: Place>(place: &P) -> Result<()> {
    let other = MemoryBackend::new();
    let store: Store<Kv, _> = Store::open(other.clone(), StoreOptions::default()).await?;
    commit(&store, 0..30).await?;
    store.snapshot().await?;
    commit(&store, 30..40).await?;
    let backend = place.open().await?;
    assert_eq!(
        copy_store(&other, &backend, None).await?.lsn,
        store.status().lsn
    );
    let back = MemoryBackend::new();
    copy_store(&backend, &back, None).await?;
    let (kv, _) = Store::<Kv, _>::load(&back).await?;
    check(&kv, 40);
    drop(backend);
    open(place).await?.read(|kv| check(kv, 40))
}

/// Opening, committing once and closing, many times over, leaves few files.
pub async fn many_reopenings_leave_few_keys<P: Place>(place: &P) -> Result<()> {
    for number in 0..100 {
        commit(&open(place).await?, number..number + 1).await?;
    }
    open(place).await?.read(|kv| check(kv, 100))?;
    let keys = place.open().await?.list(&Prefix::ROOT).await?.len();
    assert!(keys < 50, "{keys} keys");
    Ok(())
}
