//! After a failed append or flush nobody knows what is on the disk: the commits under way are told
//! so, everything after them is refused, and reopening finds out. Nobody is left waiting.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::files;
use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small};
use common::probe::Probe;
use common::tasks::Tasks;
use pollster::block_on;
use steadfast_core::{
    Fate, MemoryBackend, PersistenceError, Remedy, Result, Store, StoreOptions, TransactError,
};

fn three_commits(disk: &MemoryBackend, segment_len: u64) -> NumberStore {
    let options = StoreOptions::default().segment_len(segment_len);
    let store = block_on(NumberStore::open(disk.clone(), options)).expect("opens");
    for n in 0..3 {
        block_on(store.commit(operation(n))).expect("a commit");
    }
    store
}

fn is_poisoned<T>(result: &Result<T>) -> bool {
    matches!(result, Err(PersistenceError::Poisoned { .. }))
}

fn is_io<T>(result: &Result<T>) -> bool {
    matches!(result, Err(PersistenceError::Io { .. }))
}

fn is_unknown<T>(result: &Result<T>) -> bool {
    matches!(result, Err(error) if error.is_outcome_unknown())
}

/// A dead handle refuses every call, and touches nothing.
fn is_dead(disk: &MemoryBackend, store: NumberStore) {
    let steps = disk.steps();
    let refused = block_on(store.commit(operation(4)));
    assert!(is_poisoned(&refused), "{refused:?}");
    assert!(is_poisoned(&block_on(store.flush())));
    assert!(is_poisoned(&block_on(store.snapshot())));
    assert!(is_poisoned(&block_on(store.submit(operation(4)))));
    assert!(is_poisoned(&block_on(store.maintain())));
    let decide = |_: &Numbers| Ok::<_, ()>((Some(operation(4)), ()));
    assert!(matches!(
        block_on(store.transact(decide)),
        Err(TransactError::Storage(PersistenceError::Poisoned { .. }))
    ));
    assert_eq!(disk.steps(), steps, "a dead handle touched the disk");
    // What was acknowledged can still be read, and nothing else.
    assert_eq!(count_of(&store), 3);
    assert!(is_poisoned(&block_on(store.close())));
}

/// After each fate the store opens, with a number of operations between these.
fn resolves(disk: &MemoryBackend, acknowledged: u32, begun: u32) {
    let progress = Progress {
        acknowledged,
        begun,
    };
    for fate in [Fate::Lost, Fate::Kept, Fate::Torn(1), Fate::Torn(2)] {
        let store = block_on(open_small(disk.restart(fate))).expect("opens");
        progress.admits(count_of(&store));
    }
}

#[test]
fn unknown_then_poisoned_then_resolved() {
    // An append and a flush.
    for step in 1..=2 {
        let disk = MemoryBackend::new();
        let store = three_commits(&disk, 1 << 20);
        disk.fail_at(disk.steps() + step);
        let failed = block_on(store.commit(operation(3)));
        assert!(is_unknown(&failed), "step {step}: {failed:?}");
        assert_eq!(failed.unwrap_err().remedy(), Remedy::Reopen);
        is_dead(&disk, store);
        resolves(&disk, 3, 4);
    }
}

/// The append and the flush of the next segment's header, five steps of a manifest, then the commit
/// itself.
#[test]
fn before_its_frames_are_appended_a_commit_is_certainly_not_there() {
    let (mut went_on, mut ended) = (0, 0);
    for step in 1..=9 {
        let disk = MemoryBackend::new();
        let store = three_commits(&disk, 100);
        disk.fail_at(disk.steps() + step);
        let failed = block_on(store.commit(operation(3)));
        let error = failed.expect_err("it failed");
        assert_eq!(error.is_outcome_unknown(), step > 7, "step {step}: {error}");
        if step > 7 {
            is_dead(&disk, store);
            resolves(&disk, 3, 4);
            continue;
        }
        assert!(
            matches!(error, PersistenceError::Io { .. }),
            "step {step}: {error}"
        );
        assert!(
            !error.to_string().contains("commit"),
            "step {step}: {error}"
        );
        resolves(&disk, 3, 3);
        match block_on(store.commit(operation(3))) {
            // The failure changed nothing.
            Ok(_) => {
                resolves(&disk, 4, 4);
                went_on += 1;
            }
            // A flush that failed, or a manifest that may have been published.
            Err(error) => {
                assert!(
                    matches!(error, PersistenceError::Poisoned { .. }),
                    "{error}"
                );
                is_dead(&disk, store);
                ended += 1;
            }
        }
    }
    assert_eq!((went_on, ended), (5, 2));
}

#[test]
fn a_snapshot_that_cannot_be_written_ends_nothing() {
    // Stage, header, piece, trailer; and the flush of what was staged.
    for step in 1..=5 {
        let disk = MemoryBackend::new();
        let store = three_commits(&disk, 1 << 20);
        // The rotation before it is seven steps.
        disk.fail_at(disk.steps() + 7 + step);
        let before = files(&disk).len();
        assert!(block_on(store.snapshot()).is_err());
        block_on(store.commit(operation(3))).expect("commits go on");
        assert!(files(&disk).len() <= before + 2, "leftovers");
        let taken = block_on(store.snapshot()).expect("the next one works");
        assert_eq!(taken.lsn.get(), 4);
    }
}

/// Everything in a failing batch, and everything that waits behind it, is answered.
#[test]
fn nobody_waits_for_ever() {
    for step in 1..=12 {
        let disk = MemoryBackend::new();
        let probe = Probe::new(&disk, 1);
        let store: Store<Numbers, _> =
            block_on(Store::open(probe, StoreOptions::default())).expect("opens");
        let mut tasks: Tasks<'_, Result<()>> = Tasks::new();
        let commit = |n| {
            let store = &store;
            async move { store.commit(operation(n)).await.map(drop) }
        };
        let transact = |n| {
            let store = &store;
            let decide = move |_: &Numbers| Ok::<_, PersistenceError>((Some(operation(n)), ()));
            async move {
                store.transact(decide).await.map_err(|error| match error {
                    TransactError::Storage(error) | TransactError::Refused(error) => error,
                })
            }
        };
        tasks.add(commit(0));
        tasks.step(0);
        tasks.add(transact(1));
        tasks.add(store.flush());
        tasks.add(async { store.snapshot().await.map(drop) });
        tasks.add(transact(2));
        tasks.add(store.flush());
        tasks.add(commit(3));
        tasks.add(async { store.snapshot().await.map(drop) });
        disk.fail_at(disk.steps() + step);
        let outputs = tasks.finish();
        let failed = outputs.iter().flatten().filter(|output| output.is_err());
        assert!(failed.count() > 0, "step {step} failed and nobody was told");
        for output in outputs.iter().flatten() {
            assert!(
                output.is_ok() || is_unknown(output) || is_poisoned(output) || is_io(output),
                "step {step}: {output:?}"
            );
        }
    }
}
