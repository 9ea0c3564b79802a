//! Commits of many threads get consecutive numbers, all of them survive, and none is answered twice.
use std::collections::BTreeSet;

use steadfast::Kv;
use steadfast::blocking::Store;

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
