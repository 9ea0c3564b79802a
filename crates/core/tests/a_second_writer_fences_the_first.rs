//! There is one writer: whoever opens second takes the store over. The first learns it at its next
//! commit, rotation or snapshot, and nothing of that is in the store. Everything that either
//! acknowledged before stays.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::{Arc, Mutex};

use common::disk::files;
use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::Probe;
use pollster::block_on;
use steadfast_core::{
    Durability, MemoryBackend, PersistenceError, Remedy, Result, Store, StoreOptions,
};

fn is_fenced<T>(result: &Result<T>) -> bool {
    matches!(result, Err(PersistenceError::Fenced { .. }))
}

/// A first writer with so many commits, on segments of so many bytes.
fn first_writer(disk: &MemoryBackend, segment_len: u64, commits: u32) -> (NumberStore, Progress) {
    let options = StoreOptions::default().segment_len(segment_len);
    let store = block_on(NumberStore::open(disk.clone(), options)).expect("a store");
    let mut progress = Progress::default();
    for _ in 0..commits {
        block_on(progress.commit(&store)).expect("a commit");
    }
    (store, progress)
}

#[test]
fn the_first_writers_next_commit_is_fenced_and_not_in_the_store() {
    // With room in its segment, and with a rotation before the commit.
    for segment_len in [1 << 20, 100] {
        let disk = MemoryBackend::new();
        let (first, progress) = first_writer(&disk, segment_len, 5);
        let second = block_on(open_small(disk.clone())).expect("the second opens");
        progress.admits(count_of(&second));

        let refused = block_on(first.commit(operation(99)));
        assert!(is_fenced(&refused), "{refused:?}");
        assert_eq!(refused.unwrap_err().remedy(), Remedy::Reopen);
        // And so is everything after it.
        assert!(is_fenced(&block_on(first.commit(operation(99)))));
        assert!(is_fenced(&block_on(first.flush())));
        assert!(block_on(first.snapshot()).is_err());
        // What it has in memory is what was acknowledged.
        progress.admits(count_of(&first));
        drop(first);

        let mut after = progress;
        block_on(after.commit(&second)).expect("the second goes on");
        drop(second);
        after.admits(count_of(&block_on(open_small(disk)).expect("opens")));
    }
}

#[test]
fn the_first_writers_rotation_and_snapshot_are_fenced() {
    let disk = MemoryBackend::new();
    let (first, progress) = first_writer(&disk, 1 << 20, 5);
    let second = block_on(open_small(disk.clone())).expect("the second opens");
    let named = |files: common::disk::Files| common::disk::names(&files, "manifest");
    let before = named(files(&disk));
    assert!(is_fenced(&block_on(first.snapshot())));
    assert_eq!(named(files(&disk)), before, "a manifest was published");
    drop(second);
    progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
}

/// Before each call of a compaction: the first writer deletes nothing that the second needs.
#[test]
fn a_second_writer_amid_a_compaction_loses_nothing() {
    let mut fenced = 0;
    for step in 0.. {
        let disk = MemoryBackend::new();
        let probe = Probe::new(&disk, 0);
        let first: Store<Numbers, _> =
            block_on(Store::open(probe.clone(), StoreOptions::default())).expect("a store");
        let mut progress = Progress::default();
        for _ in 0..3 {
            block_on(progress.commit(&first)).expect("a commit");
            block_on(first.snapshot()).expect("a snapshot");
        }
        block_on(progress.commit(&first)).expect("a commit");
        probe.forget_calls();
        let second = Arc::new(Mutex::new(None));
        let (slot, theirs) = (Arc::clone(&second), disk.clone());
        probe.before_each_call(move |number, _| {
            if number == step {
                let second = block_on(open_small(theirs.clone())).expect("the second opens");
                progress.admits(count_of(&second));
                block_on(progress.commit(&second)).expect("the second commits");
                *slot.lock().expect("whole") = Some((second, progress));
            }
        });
        let compacted = block_on(first.compact());
        let Some((second, mut after)) = second.lock().expect("whole").take() else {
            assert!(compacted.is_ok(), "{compacted:?}");
            println!("{step} steps");
            assert!(step > 20 && fenced > 20, "{fenced} of {step}");
            return;
        };
        fenced += u64::from(is_fenced(&compacted));
        drop(first);
        block_on(after.commit(&second)).unwrap_or_else(|e| panic!("step {step}: {e}"));
        drop(second);
        let verified = block_on(steadfast_core::verify(&disk)).expect("readable");
        assert!(verified.is_sound(), "step {step}: {:?}", verified.damage);
        let again = block_on(open_small(disk.restart(steadfast_core::Fate::Lost)));
        after.admits(count_of(&again.expect("opens")));
    }
}

#[test]
fn a_fenced_transaction_changes_nothing() {
    let disk = MemoryBackend::new();
    let (first, progress) = first_writer(&disk, 1 << 20, 2);
    let second = block_on(open_small(disk)).expect("the second opens");
    let decide = |_: &Numbers| Ok::<_, ()>((Some(operation(99)), ()));
    let refused = block_on(first.transact(decide));
    assert!(
        matches!(
            &refused,
            Err(steadfast_core::TransactError::Storage(
                PersistenceError::Fenced { .. }
            ))
        ),
        "{refused:?}"
    );
    progress.admits(count_of(&second));
}

#[test]
fn of_buffered_commits_all_that_were_handed_over_count() {
    let disk = MemoryBackend::new();
    let options = StoreOptions::default().durability(Durability::Buffered);
    let first = block_on(NumberStore::open(disk.clone(), options)).expect("a store");
    let mut progress = Progress::default();
    for _ in 0..3 {
        block_on(progress.commit(&first)).expect("a commit");
    }
    let second = block_on(open_small(disk.clone())).expect("the second opens");
    progress.admits(count_of(&second));
    assert!(is_fenced(&block_on(first.commit(operation(99)))));
    // The second has flushed what the first had not.
    let disk = disk.restart(steadfast_core::Fate::Lost);
    progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
}

/// A lock keeps other processes out, not a second store over a clone of the same handle.
#[test]
fn a_second_store_over_the_same_locked_handle_fences_the_first_as_well() {
    let disk = MemoryBackend::new();
    let handle = Probe::new(&disk, 0).exclusive();
    let open = || -> Store<Numbers, Probe> {
        block_on(Store::open(handle.clone(), StoreOptions::default())).expect("opens")
    };
    let first = open();
    let mut progress = Progress::default();
    block_on(progress.commit(&first)).expect("a commit");
    let second = open();
    progress.admits(count_of(&second));
    // Not `Ok`: nobody would ever find it again.
    let refused = block_on(first.commit(operation(99)));
    assert!(is_fenced(&refused), "{refused:?}");
    block_on(progress.commit(&second)).expect("the second goes on");
    drop(second);
    progress.admits(count_of(&open()));
}

#[test]
fn writers_take_turns() {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    let mut before: Option<NumberStore> = None;
    for _ in 0..40 {
        let store = block_on(open_small(disk.clone())).expect("opens");
        if let Some(before) = before.take() {
            assert!(is_fenced(&block_on(before.commit(operation(99)))));
        }
        progress.admits(count_of(&store));
        block_on(progress.commit(&store)).expect("a commit");
        before = Some(store);
    }
}

/// What the first writer does in between.
#[derive(Clone, Copy, Debug)]
enum Act {
    Commit,
    Rotate,
    Snapshot,
    /// So much that everything is pruned that the second has looked at.
    Much,
}

/// Does it; whether it was acknowledged is in `progress`.
fn act(act: Act, first: &NumberStore, progress: &mut Progress) {
    let mut commits = |count: u32| {
        for _ in 0..count {
            if block_on(progress.commit(first)).is_err() {
                return;
            }
        }
    };
    match act {
        Act::Commit => commits(1),
        Act::Rotate => commits(4),
        Act::Snapshot => {
            commits(1);
            drop(block_on(first.snapshot()));
        }
        Act::Much => {
            for _ in 0..4 {
                commits(6);
                drop(block_on(first.snapshot()));
            }
            commits(1);
        }
    }
}

/// The first writer does something just before the second's call number `at`. Whether there was
/// such a call.
fn race(what: Act, at: u64) -> bool {
    let disk = MemoryBackend::new();
    let (first, mut progress) = first_writer(&disk, 250, 7);
    block_on(first.snapshot()).expect("a snapshot");
    block_on(progress.commit(&first)).expect("a commit behind it");
    let shared = Arc::new(Mutex::new((first, progress)));

    let probe = Probe::new(&disk, 0).listing_by_folder();
    let between = Arc::clone(&shared);
    probe.before_each_call(move |number, _| {
        if number == at {
            let (first, progress) = &mut *between.lock().expect("not poisoned");
            act(what, first, progress);
        }
    });
    let second: Result<Store<Numbers, _>> = block_on(Store::open(probe.clone(), small()));
    let reached = probe.calls().len() as u64 > at;
    let place = format!("{what:?} before call {at} of the second open");

    let (first, mut progress) = shared.lock().expect("not poisoned").clone();
    match second {
        Ok(second) => {
            let found = count_of(&second);
            progress.admits(found);
            let refused = block_on(first.commit(operation(99)));
            assert!(is_fenced(&refused), "{place}: {refused:?}");
            progress = Progress::all(found);
            block_on(progress.commit(&second)).expect("the second goes on");
        }
        // It lost the race; it may not call that damage.
        Err(error) => {
            assert!(is_fenced::<()>(&Err(error.clone())), "{place}: {error}");
            drop(block_on(progress.commit(&first)));
        }
    }
    drop(first);
    let third = block_on(open_small(disk)).unwrap_or_else(|e| panic!("{place}: {e}"));
    progress.admits(count_of(&third));
    reached
}

#[test]
fn the_first_writer_may_do_anything_while_the_second_opens() {
    for what in [Act::Commit, Act::Rotate, Act::Snapshot, Act::Much] {
        let mut calls = 0;
        while race(what, calls) {
            calls += 1;
        }
        println!("{what:?}: before each of {calls} calls");
    }
}

/// Two writers create the store at the same time. One of them gets it, or neither does and the
/// place is as good as new.
#[test]
fn two_first_opens_at_once_make_one_store() {
    for at in 0.. {
        let disk = MemoryBackend::new();
        let probe = Probe::new(&disk, 0).listing_by_folder();
        let other = Arc::new(Mutex::new(None));
        let (created, beneath) = (Arc::clone(&other), disk.clone());
        probe.before_each_call(move |number, _| {
            if number == at {
                let store = block_on(open_small(beneath.clone())).expect("opens");
                block_on(store.commit(operation(0))).expect("a commit");
                *created.lock().expect("not poisoned") = Some(store);
            }
        });
        let opened: Result<Store<Numbers, _>> = block_on(Store::open(probe.clone(), small()));
        let other = other.lock().expect("not poisoned").take();
        let Some(other) = other else {
            break;
        };
        // Whoever published last has it; the one before finds out at its next commit.
        let mut progress = Progress::all(1);
        match opened {
            Ok(store) if count_of(&store) == 1 => {
                assert!(is_fenced(&block_on(other.commit(operation(99)))));
                block_on(progress.commit(&store)).expect("the probe has it");
            }
            Ok(store) => {
                assert!(is_fenced(&block_on(store.commit(operation(99)))));
                block_on(progress.commit(&other)).expect("the other has it");
            }
            Err(error) => {
                assert!(is_fenced::<()>(&Err(error.clone())), "call {at}: {error}");
                block_on(progress.commit(&other)).expect("the other has it");
            }
        }
        let store = block_on(open_small(disk.clone())).expect("opens");
        progress.admits(count_of(&store));
    }
}
