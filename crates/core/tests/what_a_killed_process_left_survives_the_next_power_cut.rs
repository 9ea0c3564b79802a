//! A process that is killed leaves bytes that are only in the system's memory. The next process
//! reads them, builds on them and acknowledges commits. So it must make them durable first.
//! Otherwise a power cut takes what the log builds on.
//!
//! The writer is killed at every call of the backend, before it and after it. So is the next one
//! that opens. Then a third opens and commits, and then the power goes.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::history::{Progress, count_of};
use common::numbers::{NumberStore, Numbers, small};
use common::probe::Probe;
use common::tasks::poll_times;
use pollster::block_on;
use steadfast_core::{Fate, MemoryBackend, Result, Store};

/// Opens, commits, begins new segments, saves a snapshot.
async fn session(backend: Probe, progress: &mut Progress) -> Result<()> {
    let store: Store<Numbers, _> = Store::open(backend, small()).await?;
    for _ in 0..7 {
        progress.commit(&store).await?;
    }
    store.snapshot().await?;
    progress.commit(&store).await?;
    store.close().await
}

fn probe(disk: &MemoryBackend, exclusive: bool, pauses: u32) -> Probe {
    let probe = Probe::new(disk, pauses);
    if exclusive { probe.exclusive() } else { probe }
}

/// Opens, goes on, and cuts the power: nothing of it may be missing.
fn stands(disk: &MemoryBackend, exclusive: bool, progress: Progress) {
    let store = block_on(NumberStore::open(probe(disk, exclusive, 0), small()));
    let store = store.unwrap_or_else(|e| panic!("after the kill: {e}"));
    let found = count_of(&store);
    progress.admits(found);
    let mut after = Progress::all(found);
    block_on(after.commit(&store)).expect("a commit");
    drop(store);
    for fate in [Fate::Lost, Fate::Torn(1)] {
        let store = block_on(NumberStore::open(disk.restart(fate), small()));
        let store = store.unwrap_or_else(|e| panic!("after the power cut, {fate:?}: {e}"));
        after.admits(count_of(&store));
    }
}

fn killed(disk: &MemoryBackend, exclusive: bool, polls: u32) -> (Progress, bool) {
    let mut progress = Progress::default();
    let session = session(probe(disk, exclusive, 1), &mut progress);
    let ended = poll_times(session, polls).is_some();
    (progress, ended)
}

fn kill_everywhere(exclusive: bool) {
    let mut states = 0;
    for polls in 0.. {
        let disk = MemoryBackend::new();
        let (progress, ended) = killed(&disk, exclusive, polls);
        println!("killed after {polls} polls, {progress:?}");
        stands(&disk, exclusive, progress);
        for more in 0.. {
            let disk = MemoryBackend::new();
            killed(&disk, exclusive, polls);
            let second = NumberStore::open(probe(&disk, exclusive, 1), small());
            let opened = poll_times(second, more).is_some();
            println!("and the next one after {more}");
            stands(&disk, exclusive, progress);
            states += 1;
            if opened {
                break;
            }
        }
        if ended {
            break;
        }
    }
    println!("{states} pairs of kills");
}

#[test]
fn on_a_backend_with_a_lock() {
    kill_everywhere(true);
}

#[test]
fn on_a_backend_without_a_lock() {
    kill_everywhere(false);
}
