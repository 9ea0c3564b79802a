//! "Unknown" is the answer only if a commit may or may not be there. While a store is opened
//! nothing was committed. A snapshot commits nothing. While a store is closed everything was
//! committed. Each of these names what failed, and keeps the kind of the failure.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use common::disk::{files, names};
use common::history::{Progress, count_of};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::{Call, Probe, full};
use pollster::block_on;
use steadfast_core::{
    Durability, Fate, MemoryBackend, PersistenceError, Result, StorageBackend, Store, StoreOptions,
};

/// So many small segments, the last of which was left open: of many, an open has everything to do.
fn left_open(commits: u32) -> (MemoryBackend, Progress) {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = NumberStore::open(disk.clone(), small().segment_len(100)).await?;
        for _ in 0..commits {
            progress.commit(&store).await?;
        }
        Ok::<_, PersistenceError>(())
    })
    .expect("a store");
    (disk, progress)
}

fn opened(probe: &Probe) -> Result<Store<Numbers, Probe>> {
    block_on(Store::open(probe.clone(), small()))
}

/// Refuses call number `number`, counted from 0, with a full disk. Says what it was.
fn fill_at(probe: &Probe, number: u64) -> Arc<Mutex<Option<Call>>> {
    let at = AtomicU64::new(0);
    let refused = Arc::new(Mutex::new(None));
    let said = Arc::clone(&refused);
    probe.refuse(move |call| {
        let writes = !matches!(call, Call::Read(_) | Call::List);
        if !writes || at.fetch_add(1, Ordering::Relaxed) != number {
            return None;
        }
        *said.lock().expect("not poisoned") = Some(call.clone());
        Some(full("write", &format!("{call:?}")))
    });
    refused
}

fn is_full(error: &PersistenceError, call: &Call) -> bool {
    matches!(error, PersistenceError::StorageFull { place, .. } if place.starts_with(&format!("{call:?}")))
}

#[test]
fn while_opening_it_is_what_failed() {
    let (disk, progress) = left_open(20);
    let mut refusals = 0;
    for number in 0.. {
        let disk = disk.restart(Fate::Kept);
        let probe = Probe::new(&disk, 0);
        let refused = fill_at(&probe, number);
        let store = opened(&probe);
        let Some(call) = refused.lock().expect("not poisoned").clone() else {
            break;
        };
        match store {
            Err(error) => {
                assert!(is_full(&error, &call), "{call:?}: {error}");
                assert!(!error.to_string().contains("commit"), "{error}");
                refusals += 1;
            }
            // A merge or garbage, which is only tidying; or garbage made room.
            Ok(store) => progress.admits(count_of(&store)),
        }
        // The same works when there is room.
        let store = block_on(open_small(disk.restart(Fate::Kept))).expect("opens");
        progress.admits(count_of(&store));
    }
    // The fence, and what is saved anew; behind that there is garbage to make room of.
    assert!(refusals >= 2, "{refusals}");
}

/// Each step of the simulated disk once, some of which are behind the point at which a manifest may
/// be there.
#[test]
fn while_opening_nothing_is_unknown() {
    for commits in [2, 20] {
        nothing_is_unknown(commits);
    }
}

fn nothing_is_unknown(commits: u32) {
    let (disk, progress) = left_open(commits);
    let mut failures = 0;
    for step in 1.. {
        let disk = disk.restart(Fate::Kept);
        disk.fail_at(step);
        if let Err(error) = block_on(open_small(disk.clone())) {
            assert!(matches!(error, PersistenceError::Io { .. }), "{error}");
            failures += 1;
        }
        if disk.steps() < step {
            break;
        }
        for fate in [Fate::Lost, Fate::Kept, Fate::Torn(step)] {
            let store = block_on(open_small(disk.restart(fate))).expect("opens");
            progress.admits(count_of(&store));
        }
    }
    assert!(failures > 8, "{failures}");
}

#[test]
fn while_closing_everything_is_saved() {
    let mut failures = 0;
    for step in 1.. {
        let disk = MemoryBackend::new();
        let mut progress = Progress::default();
        let store = block_on(open_small(disk.clone())).expect("opens");
        block_on(progress.commit(&store)).expect("a commit");
        disk.fail_at(disk.steps() + step);
        let Err(error) = block_on(store.close()) else {
            break;
        };
        assert!(matches!(error, PersistenceError::Io { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("everything that was committed is saved"),
            "{error}"
        );
        failures += 1;
        for fate in [Fate::Lost, Fate::Kept, Fate::Torn(step)] {
            let store = block_on(open_small(disk.restart(fate))).expect("opens");
            progress.admits(count_of(&store));
        }
    }
    assert!(failures >= 4, "{failures}");
}

/// What was answered before its flush is unknown when that fails, and only that.
#[test]
fn a_flush_that_fails_at_the_end_leaves_open_what_was_not_flushed() {
    let disk = MemoryBackend::new();
    let options = small().durability(Durability::Buffered);
    let store = block_on(NumberStore::open(disk.clone(), options)).expect("opens");
    block_on(store.commit(vec![1])).expect("a commit");
    disk.fail_at(disk.steps() + 1);
    let error = block_on(store.close()).expect_err("it failed");
    assert!(error.is_outcome_unknown(), "{error}");
    assert!(
        error.to_string().contains("since the last flush"),
        "{error}"
    );
}

/// Before a snapshot the log is flushed: what was answered without a flush may be lost with that.
#[test]
fn a_snapshot_leaves_open_what_was_not_flushed() {
    let disk = MemoryBackend::new();
    let options = StoreOptions::default().durability(Durability::Buffered);
    let store = block_on(NumberStore::open(disk.clone(), options)).expect("opens");
    let mut progress = Progress::default();
    block_on(progress.commit(&store)).expect("a commit");
    disk.fail_at(disk.steps() + 1);
    let failed = block_on(store.snapshot());
    assert!(
        matches!(failed, Err(PersistenceError::OutcomeUnknown { .. })),
        "{failed:?}"
    );
}

#[test]
fn a_snapshot_commits_nothing() {
    let mut failures = 0;
    for step in 1.. {
        let disk = MemoryBackend::new();
        let mut progress = Progress::default();
        let store = block_on(open_small(disk.clone())).expect("opens");
        for _ in 0..3 {
            block_on(progress.commit(&store)).expect("a commit");
        }
        let first = disk.steps() + 1;
        disk.fail_at(disk.steps() + step);
        match block_on(store.snapshot()) {
            Ok(_) if disk.steps() < first + step - 1 => break,
            // Garbage that stays for the next.
            Ok(_) => {}
            Err(error) => {
                assert!(matches!(error, PersistenceError::Io { .. }), "{error}");
                assert!(!error.to_string().contains("commit"), "{error}");
                failures += 1;
            }
        }
        match block_on(progress.commit(&store)) {
            Ok(()) => {
                // Where it goes on, the next snapshot leaves nothing of the one that failed.
                assert!(block_on(store.snapshot()).is_ok());
                assert!(store.status().snapshot_failure.is_none());
                assert!(names(&files(&disk), "snapshot").len() <= 2);
            }
            Err(error) => assert!(
                matches!(error, PersistenceError::Poisoned { .. }),
                "{error}"
            ),
        }
        progress.begun = progress.acknowledged;
        for fate in [Fate::Lost, Fate::Kept, Fate::Torn(step)] {
            let store = block_on(open_small(disk.restart(fate))).expect("opens");
            progress.admits(count_of(&store));
        }
    }
    assert!(failures > 12, "{failures}");
}

/// On a disk that is full for a while, a commit that needs a new segment is refused, the ones
/// before it stay, and the same handle goes on when there is room.
#[test]
fn a_commit_for_which_no_segment_can_begin_is_not_there() {
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 0);
    let options = StoreOptions::default().segment_len(100);
    let store: Store<Numbers, _> = block_on(Store::open(probe.clone(), options)).expect("opens");
    let mut progress = Progress::default();
    block_on(progress.commit(&store)).expect("a commit");
    for refused in 0..4 {
        // The header's append; the manifest's stage and its piece; the publication.
        let call = fill_at(&probe, [0, 2, 3, 4][refused]);
        let error = block_on(store.commit(common::history::operation(progress.begun)));
        let error = error.expect_err("no room");
        let call = call.lock().expect("not poisoned").clone().expect("refused");
        assert!(is_full(&error, &call), "{call:?}: {error}");
        probe.refuse_nothing();
        block_on(progress.commit(&store)).expect("there is room again");
    }
    drop(store);
    let store = block_on(open_small(disk.restart(Fate::Lost))).expect("opens");
    progress.admits(count_of(&store));
    assert_eq!(disk.location(), "memory");
}

/// A hint that the backend refuses is ignored.
#[test]
fn a_refused_hint_fails_nothing() {
    // The memory disk has no hint that can be refused, so a backend around it refuses every one.
    let disk = MemoryBackend::new();
    let options = StoreOptions::default().segment_len(4 << 20);
    let deaf = common::probe::Probe::new(&disk, 0).refusing_hints();
    let store: Store<Numbers, _> = block_on(Store::open(deaf, options)).expect("opens");
    let mut progress = Progress::default();
    for _ in 0..40 {
        block_on(progress.commit(&store)).expect("a commit");
    }
    block_on(store.snapshot()).expect("a snapshot");
    block_on(store.close()).expect("closed");
    progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
}
