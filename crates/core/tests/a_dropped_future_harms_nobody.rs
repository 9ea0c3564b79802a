//! Every call of a store is dropped at every point where it can wait. The others go on: one that
//! waits behind a dropped leader becomes the leader. What was dropped is in the store whole or not
//! at all, and what was acknowledged is there.
//!
//! Tasks are polled only when they were woken, so a wake-up that is lost fails the test.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::crowd::{Draw, Said, any_call, keeps, transact};
use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::Probe;
use common::tasks::{Tasks, poll_times};
use pollster::block_on;
use steadfast_core::{MemoryBackend, Result, Store};

type ProbeStore = Store<Numbers, Probe>;

/// What is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Commit,
    Tickets,
    Transact,
    Flush,
    Snapshot,
}

/// Does it; operations 7 and 8 are its own.
async fn act(what: What, store: &ProbeStore) -> Result<()> {
    match what {
        What::Commit => store.commit(operation(7)).await.map(drop),
        What::Tickets => {
            let first = store.submit(operation(7)).await?;
            let second = store.submit(operation(8)).await?;
            first.wait().await?;
            second.wait().await.map(drop)
        }
        What::Transact => transact(store, operation(7)).await,
        What::Flush => store.flush().await,
        What::Snapshot => store.snapshot().await.map(drop),
    }
}

fn numbers(operations: &[u32]) -> Numbers {
    Numbers(operations.iter().copied().flat_map(operation).collect())
}

/// Drops the call after so many polls, then goes on with the same store. Returns whether the call
/// was finished by then.
fn dropped(what: What, polls: u32) -> bool {
    let place = format!("{what:?}, dropped after {polls} polls");
    let disk = MemoryBackend::new();
    let store: ProbeStore = block_on(Store::open(Probe::new(&disk, 1), small())).expect("opens");
    let mut progress = Progress::default();
    for _ in 0..7 {
        block_on(progress.commit(&store)).expect("a commit");
    }
    let done = poll_times(act(what, &store), polls);
    if let Some(done) = &done {
        done.as_ref().unwrap_or_else(|e| panic!("{place}: {e}"));
    }
    block_on(store.commit(operation(20))).unwrap_or_else(|e| panic!("{place}: {e}"));
    block_on(store.snapshot()).unwrap_or_else(|e| panic!("{place}: a snapshot after it: {e}"));
    block_on(store.commit(operation(21))).unwrap_or_else(|e| panic!("{place}: {e}"));
    drop(store);

    let certain = [0, 1, 2, 3, 4, 5, 6];
    let legal = |middle: &[u32]| numbers(&[&certain, middle, &[20, 21]].concat());
    let own: &[&[u32]] = match what {
        What::Commit | What::Transact => &[&[7], &[]],
        What::Tickets => &[&[7, 8], &[7], &[]],
        What::Flush | What::Snapshot => &[&[]],
    };
    let own = if done.is_some() { &own[..1] } else { own };
    let store = block_on(open_small(disk)).unwrap_or_else(|e| panic!("{place}: {e}"));
    let state = store.read(Clone::clone).expect("readable");
    assert!(own.iter().any(|own| legal(own) == state), "{place}");
    done.is_some()
}

#[test]
fn the_store_goes_on() {
    for what in [
        What::Commit,
        What::Tickets,
        What::Transact,
        What::Flush,
        What::Snapshot,
    ] {
        let polls = (0..).find(|polls| dropped(what, *polls));
        println!("{what:?}: {polls:?} polls");
    }
}

#[test]
fn the_store_may_be_dropped_with_it() {
    for what in [What::Commit, What::Tickets, What::Transact, What::Snapshot] {
        for polls in 0.. {
            let disk = MemoryBackend::new();
            let mut progress = Progress::default();
            let done = {
                let store: ProbeStore =
                    block_on(Store::open(Probe::new(&disk, 1), small())).expect("opens");
                for _ in 0..7 {
                    block_on(progress.commit(&store)).expect("a commit");
                }
                poll_times(act(what, &store), polls).is_some()
            };
            progress.begun = match what {
                What::Tickets => 9,
                What::Snapshot | What::Flush => 7,
                What::Commit | What::Transact => 8,
            };
            progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
            if done {
                break;
            }
        }
    }
}

#[test]
fn a_dropped_open_leaves_what_the_next_one_can_open() {
    for commits in [0, 7] {
        for polls in 0.. {
            let disk = MemoryBackend::new();
            let mut progress = Progress::default();
            if commits > 0 {
                let store = block_on(open_small(disk.clone())).expect("opens");
                for _ in 0..commits {
                    block_on(progress.commit(&store)).expect("a commit");
                }
            }
            let open = NumberStore::open(Probe::new(&disk, 1), small());
            let opened = poll_times(open, polls).is_some();
            let store = block_on(open_small(disk)).expect("opens");
            progress.admits(count_of(&store));
            block_on(progress.commit(&store)).expect("goes on");
            if opened {
                println!("{commits} commits: {polls} polls");
                break;
            }
        }
    }
}

/// Two calls in flight at once; the leader is dropped at every point.
#[test]
fn the_other_takes_the_wheel() {
    let all = [
        What::Commit,
        What::Tickets,
        What::Transact,
        What::Flush,
        What::Snapshot,
    ];
    for first in all {
        for second in all {
            let mut polls = 0;
            loop {
                let disk = MemoryBackend::new();
                let store: ProbeStore =
                    block_on(Store::open(Probe::new(&disk, 1), small())).expect("opens");
                block_on(store.commit(operation(0))).expect("a commit");
                let mut tasks = Tasks::new();
                let at_the_wheel = tasks.add(act(first, &store));
                let other = tasks.add(act(second, &store));
                for _ in 0..polls {
                    tasks.step(at_the_wheel);
                    tasks.step(other);
                }
                let done = tasks.is_done(at_the_wheel);
                tasks.cancel(at_the_wheel);
                let outputs = tasks.finish();
                let other = outputs[other].as_ref().expect("the other came to its end");
                assert!(other.is_ok(), "{first:?} dropped, {second:?}: {other:?}");
                if done {
                    break;
                }
                polls += 1;
            }
        }
    }
}

/// Twelve calls at once, polled and dropped at random.
fn random_schedule(seed: u64) {
    let mut draw = Draw::new(seed);
    let disk = MemoryBackend::new();
    let options = small().segment_len(if draw.below(2) == 0 { 150 } else { 1 << 20 });
    let pauses = u32::try_from(draw.below(3)).expect("small");
    let store: ProbeStore =
        block_on(Store::open(Probe::new(&disk, pauses), options)).expect("opens");
    let mut tasks = Tasks::new();
    for own in 0..12 {
        tasks.add(any_call(&store, draw.below(8), own));
        for _ in 0..draw.below(4) {
            tasks.step(draw.below(own as usize + 1));
        }
    }
    let mut cancelled = 0;
    for _ in 0..draw.below(120) {
        let index = draw.below(12);
        if cancelled < 6 && draw.below(8) == 0 {
            tasks.cancel(index);
            cancelled += 1;
        } else {
            tasks.step(index);
        }
    }
    let said = tasks.finish();
    let state = store.read(Clone::clone).expect("readable");
    let said: Vec<Said> = said.into_iter().flatten().collect();
    assert!(said.iter().all(Result::is_ok), "{said:?}");
    keeps(&state, &said);
    drop(store);
    let reopened = block_on(open_small(disk)).expect("opens");
    let after = reopened.read(Clone::clone).expect("readable");
    assert_eq!(after.0[..state.0.len()], state.0[..]);
    assert!(reopened.recovery().is_clean());
}

#[test]
fn any_of_many_may_be_dropped_at_any_time() {
    for seed in 0..20_000 {
        println!("seed {seed}");
        random_schedule(seed);
    }
}
