//! All commits that wait at the same moment share one append and one flush, and each gets its own
//! number.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::collections::BTreeSet;

use common::disk::files;
use common::history::{Progress, count_of, operation, prefix};
use common::numbers::{NumberStore, Numbers, open_small};
use common::probe::{Call, Probe};
use common::tasks::Tasks;
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, Store, StoreOptions};

fn open(disk: &MemoryBackend, pauses: u32) -> (Store<Numbers, Probe>, Probe) {
    let probe = Probe::new(disk, pauses);
    let store = block_on(Store::open(probe.clone(), StoreOptions::default())).expect("opens");
    probe.forget_calls();
    (store, probe)
}

fn is_append(call: &Call) -> bool {
    matches!(call, Call::Append(_))
}

fn is_sync(call: &Call) -> bool {
    matches!(call, Call::Sync(_))
}

#[test]
fn a_hundred_tickets_one_append_one_flush() {
    let disk = MemoryBackend::new();
    let (store, probe) = open(&disk, 0);
    block_on(async {
        let mut tickets = Vec::new();
        for n in 0..100 {
            tickets.push(store.submit(operation(n)).await?);
        }
        assert_eq!(
            probe.calls(),
            [],
            "nothing moves before a ticket is awaited"
        );
        assert_eq!(count_of(&store), 0, "nor is it seen");
        // In any order.
        tickets.reverse();
        for (behind, ticket) in (1_u64..).zip(tickets) {
            assert_eq!(ticket.wait().await?.get(), 101 - behind);
        }
        Ok::<_, PersistenceError>(())
    })
    .expect("commits");
    assert_eq!((probe.count(is_append), probe.count(is_sync)), (1, 1));
    assert_eq!(probe.calls().len(), 2);
    assert_eq!(store.read(Clone::clone).expect("readable"), prefix(100));
}

#[test]
fn tasks_that_wait_for_the_disk_share_the_next_flush() {
    let disk = MemoryBackend::new();
    let (store, probe) = open(&disk, 3);
    let mut tasks = Tasks::new();
    for n in 0..50 {
        tasks.add(store.commit(operation(n)));
    }
    let lsns = tasks.finish().into_iter().flatten();
    let lsns: Vec<u64> = lsns.map(|lsn| lsn.expect("a commit").get()).collect();
    assert_eq!(lsns, (1..=50).collect::<Vec<_>>());
    // The first one went alone, all others together.
    assert_eq!((probe.count(is_append), probe.count(is_sync)), (2, 2));
}

#[test]
fn a_dropped_ticket_stays_in_line() {
    let disk = MemoryBackend::new();
    let (store, _) = open(&disk, 0);
    block_on(async {
        drop(store.submit(operation(0)).await?);
        let lsn = store.commit(operation(1)).await?;
        assert_eq!(lsn.get(), 2);
        Ok::<_, PersistenceError>(())
    })
    .expect("commits");
    drop(store);
    Progress::all(2).admits(count_of(&block_on(open_small(disk)).expect("opens")));
}

#[test]
fn an_empty_flush_does_nothing() {
    let disk = MemoryBackend::new();
    let (store, probe) = open(&disk, 0);
    block_on(store.flush()).expect("a flush");
    block_on(store.commit(operation(0))).expect("a commit");
    probe.forget_calls();
    block_on(store.flush()).expect("a flush");
    assert_eq!(probe.calls(), []);
}

/// Eight threads, each with its own commits, snapshots between them.
fn threads(pauses: u32, durable: bool) {
    const THREADS: u32 = 8;
    const COMMITS: u32 = 150;
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, pauses);
    let mut options = StoreOptions::default().segment_len(4000);
    if !durable {
        options = options.durability(steadfast_core::Durability::Buffered);
    }
    let store: Store<Numbers, Probe> =
        block_on(Store::open(probe.clone(), options)).expect("opens");
    probe.forget_calls();
    let lsns: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let store = store.clone();
                scope.spawn(move || {
                    let commit = |n| block_on(store.commit(vec![thread * COMMITS + n]));
                    (0..COMMITS)
                        .map(|n| {
                            if n % 50 == 49 {
                                block_on(store.snapshot()).expect("a snapshot");
                            }
                            commit(n).expect("a commit").get()
                        })
                        .collect()
                })
            })
            .collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| thread.join().expect("no panic");
        threads.into_iter().map(join).collect()
    });
    let commits = THREADS * COMMITS;
    for of_one in &lsns {
        assert!(of_one.is_sorted_by(|a, b| a < b));
    }
    let all: BTreeSet<u64> = lsns.iter().flatten().copied().collect();
    assert!(all.into_iter().eq(1..=u64::from(commits)), "{lsns:?}");
    let state = store.read(Clone::clone).expect("readable");
    for (thread, of_one) in (0..).zip(&lsns) {
        for (n, lsn) in (0..).zip(of_one) {
            let index = usize::try_from(lsn - 1).expect("small");
            assert_eq!(state.0[index], thread * COMMITS + n, "commit {lsn}");
        }
    }
    let appends = probe.count(|call| matches!(call, Call::Append(_)));
    println!(
        "{commits} commits, {appends} appends, {} flushes",
        probe.count(is_sync)
    );
    if durable {
        let rotations = probe.count(|call| matches!(call, Call::Stage(_)));
        assert!(probe.count(is_sync) <= commits as usize + 2 * rotations);
    }
    block_on(store.close()).expect("closes");
    let (reopened, report) = block_on(NumberStore::load(&disk)).expect("readable");
    assert_eq!(reopened, state);
    assert!(report.is_clean());
    assert!(files(&disk).len() < 100);
}

#[test]
fn threads_commit_at_once() {
    threads(0, true);
}

#[test]
fn threads_commit_at_once_on_a_backend_that_suspends() {
    threads(2, true);
}

#[test]
fn threads_commit_at_once_without_flushes() {
    threads(1, false);
}
