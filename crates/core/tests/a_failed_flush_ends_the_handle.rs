//! After a failed append or flush nobody knows what is on the disk: the commits under way are told so, everything after them is refused, and
//! reopening finds out. Nobody is left waiting.

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

fn is_unknown<T>(result: &Result<T>) -> bool {
    matches!(result, Err(error) if error.is_outcome_unknown())
}

#[test]
fn unknown_then_poisoned_then_resolved() {
    // An append and a flush; and a rotation before them.
    for (segment_len, steps) in [(1 << 20, 2), (100, 9)] {
        for step in 1..=steps {
            let disk = MemoryBackend::new();
            let store = three_commits(&disk, segment_len);
            disk.fail_at(disk.steps() + step);
            let failed = block_on(store.commit(operation(3)));
            assert!(is_unknown(&failed), "step {step}: {failed:?}");
            assert_eq!(failed.unwrap_err().remedy(), Remedy::Reopen);

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

            let progress = Progress {
                acknowledged: 3,
                begun: 4,
            };
            for fate in [Fate::Lost, Fate::Kept, Fate::Torn(1), Fate::Torn(2)] {
                let store = block_on(open_small(disk.restart(fate))).expect("opens");
                progress.admits(count_of(&store));
            }
        }
    }
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

/// Everything that waits behind a failing turn, and everything in it, is answered.
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
                output.is_ok() || is_unknown(output) || is_poisoned(output),
                "step {step}: {output:?}"
            );
        }
    }
}
