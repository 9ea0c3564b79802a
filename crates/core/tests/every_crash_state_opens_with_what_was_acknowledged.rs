//! One script, from the creation of a store through commits, batches, transactions, snapshots,
//! rotations, a merge of small segments and several opens. Each step is once a power cut and once a
//! failure. What was not flushed is lost, kept or torn. Each step of the recovery from that is a
//! power cut again.
//!
//! The store must open each time, with a prefix of the history that holds everything acknowledged.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use common::crowd::{Draw, Said, any_call, keeps};
use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::Probe;
use common::tasks::Tasks;
use pollster::block_on;
use steadfast_core::{
    Durability, Fate, MemoryBackend, PersistenceError, Result, Store, TransactError,
};

const TORN_SEEDS: u64 = 8;

/// Whether the last run of the script merged segments: where a step of that fails, the store opens
/// without.
static MERGED: AtomicBool = AtomicBool::new(false);

fn fates() -> impl Iterator<Item = Fate> {
    let torn = (0..TORN_SEEDS).map(Fate::Torn);
    [Fate::Lost, Fate::Kept].into_iter().chain(torn)
}

/// Everything that a store does, on short segments.
async fn script(disk: MemoryBackend, progress: &mut Progress) -> Result<()> {
    let store = open_small(disk.clone()).await?;
    for _ in 0..6 {
        progress.commit(&store).await?;
    }
    batch(&store, progress, 4).await?;
    transact(&store, progress).await?;
    store.snapshot().await?;
    for _ in 0..4 {
        progress.commit(&store).await?;
    }
    drop(store);

    // Every commit in a segment of its own.
    let store = NumberStore::open(disk.clone(), small().segment_len(100)).await?;
    progress.commit(&store).await?;
    store.snapshot().await?;
    for _ in 0..18 {
        progress.commit(&store).await?;
    }
    let segments = store.status().segments;
    drop(store);

    let store = open_small(disk.clone()).await?;
    MERGED.store(store.status().segments + 15 < segments, Ordering::Relaxed);
    batch(&store, progress, 3).await?;
    store.snapshot().await?;
    progress.commit(&store).await?;
    store.compact().await?;
    progress.commit(&store).await?;
    store.close().await?;
    drop(open_small(disk.clone()).await?);

    let store = NumberStore::open(disk.clone(), small().durability(Durability::Buffered)).await?;
    for _ in 0..3 {
        // Handed over is not flushed: until the flush they may go.
        store.commit(begin(progress)).await?;
    }
    store.flush().await?;
    progress.acknowledged = progress.begun;
    store.commit(begin(progress)).await?;
    store.close().await?;
    progress.acknowledged = progress.begun;

    let store = open_small(disk).await?;
    progress.commit(&store).await?;
    store.close().await
}

fn begin(progress: &mut Progress) -> Vec<u32> {
    progress.begun += 1;
    operation(progress.begun - 1)
}

async fn batch(store: &NumberStore, progress: &mut Progress, len: u32) -> Result<()> {
    let mut tickets = Vec::new();
    for _ in 0..len {
        tickets.push(store.submit(begin(progress)).await?);
    }
    for ticket in tickets {
        ticket.wait().await?;
        progress.acknowledged += 1;
    }
    Ok(())
}

async fn transact(store: &NumberStore, progress: &mut Progress) -> Result<()> {
    let next = begin(progress);
    let answer = next.clone();
    let decide = move |_: &Numbers| Ok::<_, PersistenceError>((Some(next), answer));
    match store.transact(decide).await {
        Ok(answer) => assert_eq!(answer, operation(progress.begun - 1)),
        Err(TransactError::Storage(error) | TransactError::Refused(error)) => return Err(error),
    }
    progress.acknowledged = progress.begun;
    Ok(())
}

/// Opens, checks, goes on, opens again. Gives how many operations were found, and the steps that
/// opening took.
fn recovers(disk: &MemoryBackend, progress: Progress, explored: &Cell<u64>) -> (u32, u64) {
    explored.set(explored.get() + 1);
    block_on(async {
        let store = open_small(disk.clone()).await.expect("the store opens");
        let steps = disk.steps();
        let found = count_of(&store);
        progress.admits(found);
        let mut after = Progress::all(found);
        for _ in 0..2 {
            after.commit(&store).await.expect("the store goes on");
        }
        drop(store);
        let disk = disk.restart(Fate::Lost);
        let store = open_small(disk).await.expect("the store opens again");
        after.admits(count_of(&store));
        (found, steps)
    })
}

/// A second power cut, at every step of the recovery from the first: what the first recovery would
/// have found must be found by the second.
fn recovers_from_recovery(
    crashed: &MemoryBackend,
    fate: Fate,
    found: u32,
    steps: u64,
    explored: &Cell<u64>,
) {
    for step in 1..=steps {
        let disk = crashed.restart(fate);
        disk.crash_at(step);
        // Where the power goes during a deletion, the store is open already.
        drop(block_on(open_small(disk.clone())));
        let second = if step % 2 == 0 {
            Fate::Lost
        } else {
            Fate::Torn(step)
        };
        explored.set(explored.get() + 1);
        let store = block_on(open_small(disk.restart(second)));
        let store = store.unwrap_or_else(|e| panic!("recovery step {step}, {second:?}: {e}"));
        assert_eq!(count_of(&store), found, "recovery step {step}, {second:?}");
    }
}

fn steps_of_the_script() -> u64 {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(script(disk.clone(), &mut progress)).expect("the script runs");
    assert_eq!(progress.acknowledged, progress.begun);
    assert!(MERGED.load(Ordering::Relaxed), "nothing was merged");
    disk.steps()
}

#[test]
fn the_power_goes_at_every_step() {
    let explored = Cell::new(0);
    for step in 1..=steps_of_the_script() {
        let disk = MemoryBackend::new();
        disk.crash_at(step);
        let mut progress = Progress::default();
        let ended = block_on(script(disk.clone(), &mut progress));
        assert!(ended.is_err() || progress.acknowledged == progress.begun);
        for fate in fates() {
            println!("step {step}, {fate:?}, {progress:?}");
            let (found, steps) = recovers(&disk.restart(fate), progress, &explored);
            recovers_from_recovery(&disk, fate, found, steps, &explored);
        }
    }
    println!("{} crash states explored", explored.get());
}

#[test]
fn every_step_fails_once() {
    let explored = Cell::new(0);
    let mut made_up_for = 0;
    for step in 1..=steps_of_the_script() {
        let disk = MemoryBackend::new();
        disk.fail_at(step);
        let mut progress = Progress::default();
        match block_on(script(disk.clone(), &mut progress)) {
            Err(error) => println!("step {step}, {progress:?}: {error}"),
            // A deletion or a merge: it is made up for later, and no reason to stop.
            Ok(()) => {
                println!("step {step} is only tidying");
                assert_eq!(progress.acknowledged, progress.begun, "nobody was told");
                made_up_for += 1;
            }
        }
        // With the same handle: the truth, or a refusal because a stream of it is dead.
        match block_on(open_small(disk.clone())) {
            Ok(store) => progress.admits(count_of(&store)),
            Err(error) => assert!(
                matches!(error, PersistenceError::Poisoned { .. }),
                "{error}"
            ),
        }
        for fate in fates() {
            recovers(&disk.restart(fate), progress, &explored);
        }
    }
    println!("{} states after a failure explored", explored.get());
    println!("{made_up_for} of them made up for");
    assert!(made_up_for > 0);
}

/// Commits, transactions, snapshots and flushes at once, some of them dropped, when the power goes.
fn crowded(seed: u64) {
    let mut draw = Draw::new(seed);
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 1);
    let options = small().segment_len([100, 150, 1 << 20][draw.below(3)]);
    let store: Store<Numbers, _> = block_on(Store::open(probe, options)).expect("opens");
    disk.crash_at(disk.steps() + 1 + draw.next() % 60);
    let mut tasks = Tasks::new();
    for own in 0..24 {
        tasks.add(any_call(&store, draw.below(8), own));
        for _ in 0..draw.below(12) {
            let index = draw.below(own as usize + 1);
            if draw.below(40) == 0 {
                tasks.cancel(index);
            } else {
                tasks.step(index);
            }
        }
    }
    let said: Vec<Said> = tasks.finish().into_iter().flatten().collect();
    drop(store);
    for fate in fates() {
        let disk = disk.restart(fate);
        let store = block_on(open_small(disk.clone())).unwrap_or_else(|e| panic!("{fate:?}: {e}"));
        let state = store.read(Clone::clone).expect("readable");
        keeps(&state, &said);
        block_on(store.commit(vec![99])).expect("goes on");
        drop(store);
        let store = block_on(open_small(disk.restart(Fate::Lost))).expect("opens again");
        let after = store.read(Clone::clone).expect("readable");
        assert_eq!(after.0, [state.0, vec![99]].concat());
    }
}

#[test]
fn the_power_goes_while_many_are_at_it() {
    for seed in 0..2000 {
        println!("seed {seed}");
        crowded(seed);
    }
}
