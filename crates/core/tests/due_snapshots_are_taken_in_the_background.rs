//! `maintain` takes a snapshot whenever one is due, for as long as the store lives.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::Probe;
use common::tasks::Tasks;
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, Store};

fn open(disk: &MemoryBackend, pauses: u32) -> Store<Numbers, Probe> {
    let options = small().snapshot_after(300);
    block_on(Store::open(Probe::new(disk, pauses), options)).expect("opens")
}

#[test]
fn it_takes_what_is_due_and_ends_with_the_store() {
    let disk = MemoryBackend::new();
    let store = open(&disk, 0);
    let mut tasks = Tasks::new();
    let maintenance = tasks.add(store.maintain());
    tasks.step(maintenance);
    assert!(store.status().snapshots.is_empty());
    let mut progress = Progress::default();
    let mut taken = 0;
    for _ in 0..60 {
        block_on(progress.commit(&store)).expect("a commit");
        let was_due = store.snapshot_is_due();
        while tasks.step(maintenance) {}
        assert!(!store.snapshot_is_due());
        taken += u32::from(was_due);
        assert_eq!(store.status().snapshots.len().min(1), taken.min(1) as usize);
    }
    println!("{taken} snapshots");
    assert!(taken > 3);
    assert!(!tasks.is_done(maintenance));
    drop(store);
    let ended = tasks.finish();
    assert!(matches!(ended.as_slice(), [Some(Ok(()))]), "{ended:?}");
    progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
}

#[test]
fn what_is_due_at_the_start_is_taken_at_once() {
    let disk = MemoryBackend::new();
    let store = open(&disk, 0);
    let mut progress = Progress::default();
    while !store.snapshot_is_due() {
        block_on(progress.commit(&store)).expect("a commit");
    }
    drop(store);
    let store = open(&disk, 0);
    let mut tasks = Tasks::new();
    let maintenance = tasks.add(store.maintain());
    tasks.step(maintenance);
    assert_eq!(store.status().snapshots.len(), 1);
}

/// The last handle is dropped while a snapshot is being written. The snapshot may be finished or
/// not, but the future ends.
#[test]
fn it_ends_wherever_it_stands() {
    for steps in 0..80 {
        let disk = MemoryBackend::new();
        let store = open(&disk, 1);
        let mut progress = Progress::default();
        while !store.snapshot_is_due() {
            block_on(progress.commit(&store)).expect("a commit");
        }
        let mut tasks = Tasks::new();
        let maintenance = tasks.add(store.maintain());
        for _ in 0..steps {
            tasks.step(maintenance);
        }
        drop(store);
        let ended = tasks.finish();
        assert!(matches!(ended.as_slice(), [Some(Ok(()))]), "{ended:?}");
        progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
    }
}

#[test]
fn it_ends_with_the_error_of_a_store_that_died() {
    let disk = MemoryBackend::new();
    let store = open(&disk, 0);
    let mut tasks = Tasks::new();
    let maintenance = tasks.add(store.maintain());
    tasks.step(maintenance);
    disk.fail_at(disk.steps() + 1);
    assert!(block_on(store.commit(operation(0))).is_err());
    let ended = tasks.finish();
    assert!(
        matches!(
            ended.as_slice(),
            [Some(Err(PersistenceError::Poisoned { .. }))]
        ),
        "{ended:?}"
    );
}

/// On a thread of its own, beside threads that commit.
#[test]
fn on_a_thread_of_its_own() {
    let disk = MemoryBackend::new();
    let store = open(&disk, 1);
    let maintenance = store.maintain();
    let maintenance = std::thread::spawn(move || block_on(maintenance));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..100 {
                    block_on(store.commit(vec![thread * 100 + n])).expect("a commit");
                }
            });
        }
    });
    drop(store);
    maintenance
        .join()
        .expect("no panic")
        .expect("no snapshot failed");
    let store: NumberStore = block_on(open_small(disk)).expect("opens");
    let mut numbers = store.read(|state| state.0.clone()).expect("readable");
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..400));
    assert!(!store.status().snapshots.is_empty());
}
