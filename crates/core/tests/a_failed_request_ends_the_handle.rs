//! A flush, a snapshot's rotation, the end of the log or a transaction fails at the backend. That
//! ends the handle, as a failed commit does: what waits behind it, and what comes later, must not
//! build on what may be lost.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small};
use common::probe::{Call, Probe, io};
use common::tasks::{Tasks, poll_times};
use pollster::block_on;
use steadfast_core::{
    Durability, Fate, MemoryBackend, PersistenceError, Result, Store, StoreOptions, TransactError,
};

/// Three commits that are not flushed.
fn buffered(disk: &MemoryBackend) -> NumberStore {
    let options = StoreOptions::default().durability(Durability::Buffered);
    let store = block_on(NumberStore::open(disk.clone(), options)).expect("opens");
    for n in 0..3 {
        block_on(store.commit(operation(n))).expect("a commit");
    }
    store
}

fn is_poisoned<T>(result: &Result<T>) -> bool {
    matches!(result, Err(PersistenceError::Poisoned { .. }))
}

/// What a program asks for besides commits.
#[derive(Clone, Copy, Debug)]
enum Request {
    Flush,
    Snapshot,
    Transact,
    Close,
}

async fn ask(store: &NumberStore, request: Request) -> Result<()> {
    match request {
        Request::Flush => store.flush().await,
        Request::Snapshot => store.snapshot().await.map(drop),
        Request::Close => store.clone().close().await,
        Request::Transact => {
            let decide = |_: &Numbers| Ok::<_, ()>((Some(operation(3)), ()));
            match store.transact(decide).await {
                Ok(()) => Ok(()),
                Err(TransactError::Storage(error)) => Err(error),
                Err(TransactError::Refused(())) => unreachable!("it never refuses"),
            }
        }
    }
}

#[test]
fn a_failed_request_ends_the_handle() {
    // Each fails at its first step: a flush, or the append of a transaction.
    for request in [
        Request::Flush,
        Request::Snapshot,
        Request::Transact,
        Request::Close,
    ] {
        let disk = MemoryBackend::new();
        let store = buffered(&disk);
        disk.fail_at(disk.steps() + 1);
        let failed = block_on(ask(&store, request));
        assert!(failed.is_err(), "{request:?} was told it is done");
        assert!(!is_poisoned(&failed), "{request:?}: {failed:?}");
        let steps = disk.steps();
        let refused = block_on(store.commit(operation(3)));
        assert!(is_poisoned(&refused), "after {request:?}: {refused:?}");
        assert_eq!(disk.steps(), steps, "a dead handle touched the disk");
        let progress = Progress {
            acknowledged: 0,
            begun: 4,
        };
        for fate in [Fate::Lost, Fate::Kept, Fate::Torn(1)] {
            let store = block_on(open_small(disk.restart(fate))).expect("opens");
            progress.admits(count_of(&store));
        }
    }
}

/// A manifest that may be there finishes the segment that this handle would append to. So a commit
/// after it is refused, or it is there after reopening.
#[test]
fn a_snapshot_that_fails_at_any_step_is_followed_by_no_commit_that_is_lost() {
    let mut failures = 0;
    // It has fewer, and past its last one it ends well.
    for step in 1..=12 {
        let disk = MemoryBackend::new();
        let store = buffered(&disk);
        disk.fail_at(disk.steps() + step);
        if block_on(ask(&store, Request::Snapshot)).is_ok() {
            continue;
        }
        failures += 1;
        let committed = block_on(async {
            store.commit(operation(3)).await?;
            store.flush().await
        });
        drop(store);
        let progress = Progress {
            acknowledged: if committed.is_ok() { 4 } else { 0 },
            begun: 4,
        };
        for fate in [Fate::Lost, Fate::Kept, Fate::Torn(1)] {
            let store = block_on(open_small(disk.restart(fate)));
            progress.admits(count_of(&store.expect("opens")));
        }
    }
    assert!(failures >= 5, "it failed at {failures} steps");
}

/// One batch takes the failing flush and what waits behind it.
#[test]
fn what_waits_behind_a_failed_request_is_refused_too() {
    let disk = MemoryBackend::new();
    let store = buffered(&disk);
    let mut tasks: Tasks<'_, Result<()>> = Tasks::new();
    disk.fail_at(disk.steps() + 1);
    let ticket = block_on(store.submit(operation(3))).expect("a place in the queue");
    drop(ticket);
    tasks.add(store.flush());
    tasks.add(store.flush());
    for output in tasks.finish().into_iter().flatten() {
        assert!(output.is_err(), "a flush behind a failed append is done");
    }
}

/// Commits as soon as it is told of an outcome, as another thread may.
struct Witness {
    store: Store<Numbers, Probe>,
    is_asked: AtomicBool,
    heard: Mutex<Vec<Option<Result<()>>>>,
}

impl Wake for Witness {
    fn wake(self: Arc<Self>) {
        if self.is_asked.load(Ordering::SeqCst) {
            let committed = poll_times(self.store.commit(operation(3)), 1);
            let mut heard = self.heard.lock().expect("a list");
            heard.push(committed.map(|outcome| outcome.map(drop)));
        }
    }
}

/// A caller that learns of a failure that ends the handle, and makes the next call at once, finds
/// the handle ended.
#[test]
fn who_hears_of_the_failure_finds_the_handle_ended() {
    is_ended_when_it_is_told(false);
    is_ended_when_it_is_told(true);
}

/// Of two commits, or of two requests, one leads the batch and the other is told.
fn is_ended_when_it_is_told(of_commits: bool) {
    let probe = Probe::new(&MemoryBackend::new(), 1);
    let options = StoreOptions::default().durability(Durability::Buffered);
    let store: Store<Numbers, Probe> =
        block_on(Store::open(probe.clone(), options)).expect("opens");
    let witness = Arc::new(Witness {
        store: store.clone(),
        is_asked: AtomicBool::new(false),
        heard: Mutex::default(),
    });
    let theirs = Waker::from(Arc::clone(&witness));
    let mut theirs = Context::from_waker(&theirs);
    let mut ours = Context::from_waker(Waker::noop());
    let ask = async |store: &Store<Numbers, Probe>| {
        if of_commits {
            store.commit(operation(1)).await.map(drop)
        } else {
            store.flush().await
        }
    };
    let mut commit = pin!(store.commit(operation(0)));
    let (mut asked, mut driver) = (pin!(ask(&store)), pin!(ask(&store)));
    // Both wait behind a commit that is under way, so that one batch takes both.
    assert!(commit.as_mut().poll(&mut ours).is_pending());
    assert!(asked.as_mut().poll(&mut theirs).is_pending());
    assert!(driver.as_mut().poll(&mut ours).is_pending());
    while commit.as_mut().poll(&mut ours).is_pending() {}
    let is_refused = |call: &Call| matches!(call, Call::Sync(_) | Call::Append(_));
    probe.refuse(move |call| is_refused(call).then(|| io("write", "a segment")));
    assert!(driver.as_mut().poll(&mut ours).is_pending());
    // The end of the commit has woken it.
    assert!(asked.as_mut().poll(&mut theirs).is_pending());
    witness.is_asked.store(true, Ordering::SeqCst);
    while driver.as_mut().poll(&mut ours).is_pending() {}
    let heard = witness.heard.lock().expect("a list");
    assert!(!heard.is_empty());
    let all_refused = heard.iter().flatten().filter(|heard| is_poisoned(heard));
    assert_eq!(all_refused.count(), heard.len(), "{heard:?}");
}
