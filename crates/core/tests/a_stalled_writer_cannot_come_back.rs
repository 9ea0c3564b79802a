//! A writer stalls in the middle of a call (a suspended machine, a lost network) and wakes up long
//! after it was replaced. By then its successors have committed, saved snapshots and deleted
//! everything that it knows. Deleted names are free again, so "created because absent" proves
//! nothing. The writer must not acknowledge anything, nor harm what is there.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::{Arc, Mutex};

use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::Probe;
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, Result, Store};

/// Commits and takes snapshots until nothing is left of what was there before.
fn much(store: &NumberStore, progress: &mut Progress) -> Result<()> {
    block_on(async {
        for _ in 0..4 {
            for _ in 0..4 {
                progress.commit(store).await?;
            }
            store.snapshot().await?;
        }
        progress.commit(store).await
    })
}

/// What the writer was doing when it stalled.
#[derive(Clone, Copy, Debug)]
enum Stalled {
    Commit,
    Rotation,
    Snapshot,
}

type ProbeStore = Store<Numbers, Probe>;

async fn act(what: Stalled, store: &ProbeStore, next: Vec<u32>) -> Result<()> {
    match what {
        Stalled::Commit | Stalled::Rotation => store.commit(next).await.map(drop),
        Stalled::Snapshot => store.snapshot().await.map(drop),
    }
}

/// A writer stalls before its call number `at`. Another one takes over and does much. Then the
/// first goes on. Returns whether there was such a call.
fn stalls(what: Stalled, at: u64) -> bool {
    let place = format!("{what:?}, stalled at call {at}");
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 0);
    let options = match what {
        Stalled::Commit => small().segment_len(1 << 20),
        Stalled::Rotation | Stalled::Snapshot => small().segment_len(100),
    };
    let stalled: ProbeStore = block_on(Store::open(probe.clone(), options)).expect("opens");
    let mut progress = Progress::default();
    for _ in 0..3 {
        block_on(progress.commit(&stalled)).expect("a commit");
    }
    probe.forget_calls();

    let successor = Arc::new(Mutex::new(None));
    let (slot, beneath) = (Arc::clone(&successor), disk.clone());
    probe.before_each_call(move |number, _| {
        if number == at {
            let store = block_on(open_small(beneath.clone())).expect("the successor opens");
            let found = count_of(&store);
            let mut progress = Progress::all(found);
            much(&store, &mut progress).expect("the successor goes on");
            *slot.lock().expect("not poisoned") = Some((store, found, progress));
        }
    });
    let next = operation(progress.begun);
    let outcome = block_on(act(what, &stalled, next));
    let Some((store, found, mut progress)) = successor.lock().expect("not poisoned").take() else {
        outcome.unwrap_or_else(|e| panic!("{place}: {e}"));
        return false;
    };
    // The successor found three commits, or four if the stalled one was there by then.
    match (&outcome, what) {
        (Ok(()), Stalled::Commit | Stalled::Rotation) => {
            assert_eq!(found, 4, "{place}: acknowledged and lost");
        }
        (Err(PersistenceError::OutcomeUnknown { .. }), _) | (_, Stalled::Snapshot) => {}
        (Err(error), _) => assert_eq!(found, 3, "{place}: {error}, but it is there"),
    }
    let refused = block_on(stalled.commit(operation(99)));
    assert!(refused.is_err(), "{place}: two writers");
    drop(stalled);

    block_on(progress.commit(&store)).unwrap_or_else(|e| panic!("{place}: successor: {e}"));
    drop(store);
    let store = block_on(open_small(disk)).unwrap_or_else(|e| panic!("{place}: {e}"));
    progress.admits(count_of(&store));
    assert!(
        store.recovery().is_clean(),
        "{place}: {:?}",
        store.recovery()
    );
    true
}

#[test]
fn a_writer_that_stalls_at_any_call_loses() {
    for what in [Stalled::Commit, Stalled::Rotation, Stalled::Snapshot] {
        let mut calls = 0;
        while stalls(what, calls) {
            calls += 1;
        }
        println!("{what:?}: {calls} calls");
        assert!(calls >= 2);
    }
}

/// An opening writer stalls twice. In the first pause the first writer leaves the segment that is
/// about to be fenced; in the second it does much.
fn opener_stalls(first_pause: u64, second_pause: u64) -> bool {
    let place = format!("the opener stalls at calls {first_pause} and {second_pause}");
    let disk = MemoryBackend::new();
    let writer = block_on(open_small(disk.clone())).expect("a store");
    let mut progress = Progress::default();
    for _ in 0..7 {
        block_on(progress.commit(&writer)).expect("a commit");
    }
    let shared = Arc::new(Mutex::new((writer, progress)));

    let probe = Probe::new(&disk, 0).listing_by_folder();
    let between = Arc::clone(&shared);
    probe.before_each_call(move |number, _| {
        let (writer, progress) = &mut *between.lock().expect("not poisoned");
        if number == first_pause {
            for _ in 0..4 {
                if block_on(progress.commit(writer)).is_err() {
                    return;
                }
            }
        } else if number == second_pause {
            drop(much(writer, progress));
        }
    });
    let opened: Result<ProbeStore> = block_on(Store::open(probe.clone(), small()));
    let reached = probe.calls().len() as u64 > second_pause;

    let (writer, mut progress) = shared.lock().expect("not poisoned").clone();
    match opened {
        Ok(opened) => {
            let found = count_of(&opened);
            progress.admits(found);
            assert!(
                block_on(writer.commit(operation(99))).is_err(),
                "{place}: two writers"
            );
            progress = Progress::all(found);
            block_on(progress.commit(&opened)).expect("the new writer goes on");
        }
        Err(error) => {
            assert!(
                matches!(error, PersistenceError::Fenced { .. }),
                "{place}: {error}"
            );
            drop(block_on(progress.commit(&writer)));
        }
    }
    drop(writer);
    let store = block_on(open_small(disk)).unwrap_or_else(|e| panic!("{place}: {e}"));
    progress.admits(count_of(&store));
    reached
}

#[test]
fn an_opener_that_stalls_at_any_two_calls_takes_over_or_loses() {
    let mut pairs = 0;
    for first in 0..40 {
        for second in first + 1..40 {
            if !opener_stalls(first, second) {
                break;
            }
            pairs += 1;
        }
    }
    println!("{pairs} pairs of calls");
    assert!(pairs > 50);
}

/// An opening writer stalls. Meanwhile another one opens and does much. Then exactly one of the two
/// is the writer.
fn another_opens(at: u64) -> bool {
    let place = format!("the opener stalls at call {at}");
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    let store = block_on(open_small(disk.clone())).expect("a store");
    for _ in 0..7 {
        block_on(progress.commit(&store)).expect("a commit");
    }
    drop(store);

    let probe = Probe::new(&disk, 0).listing_by_folder();
    let other = Arc::new(Mutex::new(None));
    let (slot, beneath) = (Arc::clone(&other), disk.clone());
    probe.before_each_call(move |number, _| {
        if number == at {
            let store = block_on(open_small(beneath.clone())).expect("the other opens");
            let mut progress = Progress::all(count_of(&store));
            much(&store, &mut progress).expect("the other goes on");
            *slot.lock().expect("not poisoned") = Some((store, progress));
        }
    });
    let opened: Result<ProbeStore> = block_on(Store::open(probe, small()));
    let Some((other, mut progress)) = other.lock().expect("not poisoned").take() else {
        return false;
    };
    match &opened {
        Ok(opened) if count_of(opened) == progress.begun => {
            assert!(
                block_on(other.commit(operation(99))).is_err(),
                "{place}: two writers"
            );
            block_on(progress.commit(opened)).unwrap_or_else(|e| panic!("{place}: {e}"));
        }
        _ => {
            if let Ok(opened) = &opened {
                let refused = block_on(opened.commit(operation(99)));
                assert!(refused.is_err(), "{place}: two writers");
            }
            block_on(progress.commit(&other)).unwrap_or_else(|e| panic!("{place}: {e}"));
        }
    }
    drop((opened, other));
    let store = block_on(open_small(disk)).unwrap_or_else(|e| panic!("{place}: {e}"));
    progress.admits(count_of(&store));
    true
}

#[test]
fn an_opener_that_stalls_while_another_opens_takes_over_or_loses() {
    let mut calls = 0;
    while another_opens(calls) {
        calls += 1;
    }
    println!("{calls} calls");
    assert!(calls > 10);
}
