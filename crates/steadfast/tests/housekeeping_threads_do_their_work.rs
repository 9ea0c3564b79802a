//! The threads of a blocking store take snapshots when they are due, flush at an interval, and end
//! when the store ends.
use std::time::Duration;

use steadfast::blocking::{Durability, Options, Store};
use steadfast::{FileBackend, Kv, MemoryBackend, PersistenceError};

#[test]
fn snapshots_are_taken_when_they_are_due() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = FileBackend::open(folder.path().join("store")).expect("a backend");
    let options = Options::default().snapshot_after(10_000).segment_len(4_000);
    let store: Store<Kv> = Store::open_on(backend, options).expect("a store");
    let mut number = 0_u32;
    // No clock: as many commits as it takes, each of them waiting for a flush.
    while store.status().expect("open").snapshots.len() < 2 {
        number += 1;
        store
            .commit(Kv::put("key", number.to_string()).expect("a put"))
            .expect("a commit");
    }
    store.close().expect("a flush");
    // The lock is free as soon as `close` returns.
    let again: Store<Kv> = Store::open(folder.path().join("store")).expect("the lock is free");
    let found = again
        .read(|kv| kv.get(b"key").map(<[u8]>::to_vec))
        .expect("sound");
    assert_eq!(found, Some(number.to_string().into_bytes()));
}

#[test]
fn an_interval_flushes_without_being_asked() {
    let backend = MemoryBackend::new();
    let options = Options::default().durability(Durability::Interval(Duration::from_millis(1)));
    let store: Store<Kv, _> = Store::open_on(backend.clone(), options).expect("a store");
    store
        .commit(Kv::put("key", "value").expect("a put"))
        .expect("a commit");
    let survived = || {
        let after = backend.restart(steadfast::Fate::Lost);
        Store::<Kv, _>::load(&after).is_ok_and(|(kv, _)| kv.contains_key(b"key"))
    };
    while !survived() {
        std::thread::yield_now();
    }
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let first: Store<Kv> = Store::open(folder.path().join("store")).expect("a store");
    let second = Store::<Kv>::open(folder.path().join("store")).map(drop);
    assert!(
        matches!(second, Err(PersistenceError::Locked { .. })),
        "{second:?}"
    );
    drop(first);
    Store::<Kv>::open(folder.path().join("store"))
        .map(drop)
        .expect("the lock is free");
}
