//! Commits of many threads get consecutive numbers, all of them survive, and none is answered
//! twice.
use std::collections::BTreeSet;

use steadfast::blocking::{Options, Store};
use steadfast::{Kv, MemoryBackend};

#[test]
fn many_threads_commit_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let store: Store<Kv> = Store::open(&path).expect("a store");
    let numbers: Vec<u64> = std::thread::scope(|scope| {
        let commit = |thread: u32| {
            let store = store.clone();
            scope.spawn(move || {
                let one = |n: u32| {
                    let put = Kv::put(format!("{thread}/{n}"), "x").expect("a put");
                    store.commit(put).expect("a commit").get()
                };
                (0..50).map(one).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..16).map(commit).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(distinct, (1..=800).collect());
    assert_eq!(numbers.len(), 800);
    store.close().expect("a flush");
    let store: Store<Kv> = Store::open(&path).expect("a store");
    assert_eq!(store.read(Kv::len).expect("sound"), 800);
    assert_eq!(store.recovery().expect("open").replayed, 800);
}

/// Threads that wait for the same group are woken by one call, chosen by the group's number. That
/// call concerns no thread of another store, and no thread is forgotten.
#[test]
fn threads_of_two_stores_are_all_answered() {
    let stores = [(); 2].map(|()| {
        Store::<Kv, _>::open_on(MemoryBackend::new(), Options::default()).expect("a store")
    });
    std::thread::scope(|scope| {
        for thread in 0..48_u32 {
            let store = &stores[thread as usize % 2];
            scope.spawn(move || {
                for n in 0..200_u32 {
                    let put = Kv::put(format!("{thread}/{n}"), "x").expect("a put");
                    store.commit(put).expect("a commit");
                }
            });
        }
    });
    for store in &stores {
        assert_eq!(store.read(Kv::len).expect("sound"), 24 * 200);
    }
}
