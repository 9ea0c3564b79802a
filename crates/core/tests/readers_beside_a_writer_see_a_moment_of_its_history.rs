//! `Store::load` takes no lock. The writer beside it commits, begins segments, saves snapshots and
//! deletes what the reader is about to read, also in the middle of a listing. The reader gets the
//! store as it was at some moment between the beginning and the end of its read.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::{Arc, Mutex};

use common::disk::files;
use common::history::{Progress, count_in};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::Probe;
use common::tasks::poll_times;
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, Result, Store, verify};

/// What the writer does in between.
#[derive(Clone, Copy, Debug)]
enum Act {
    Commits,
    Snapshot,
    /// So much that everything from before is deleted.
    Much,
    /// Another writer takes over, and merges what it finds.
    Open,
}

const ACTS: [Act; 4] = [Act::Commits, Act::Snapshot, Act::Much, Act::Open];

struct Writer {
    disk: MemoryBackend,
    store: NumberStore,
    progress: Progress,
}

impl Writer {
    fn new() -> Self {
        let disk = MemoryBackend::new();
        let store = block_on(open_small(disk.clone())).expect("opens");
        let mut writer = Self {
            disk,
            store,
            progress: Progress::default(),
        };
        writer.act(Act::Snapshot);
        writer.act(Act::Snapshot);
        writer.act(Act::Commits);
        writer
    }

    fn act(&mut self, act: Act) {
        let acted = block_on(async {
            match act {
                Act::Commits => self.commit(4).await,
                Act::Snapshot => {
                    self.commit(2).await?;
                    self.store.snapshot().await.map(drop)
                }
                Act::Much => {
                    for _ in 0..4 {
                        self.commit(3).await?;
                        self.store.snapshot().await?;
                    }
                    self.commit(1).await
                }
                Act::Open => {
                    self.commit(17).await?;
                    self.store = open_small(self.disk.clone()).await?;
                    self.commit(1).await
                }
            }
        });
        acted.unwrap_or_else(|e| panic!("{act:?}: {e}"));
    }

    async fn commit(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            self.progress.commit(&self.store).await?;
        }
        Ok(())
    }
}

/// The writer acts before the calls that `when` picks; the reader must not notice.
fn read_while(when: impl Fn(u64) -> Option<Act> + Send + 'static, place: &str) -> u64 {
    let writer = Writer::new();
    let probe = Probe::new(&writer.disk, 0).listing_by_folder();
    let at_start = writer.progress;
    let writer = Arc::new(Mutex::new(writer));
    let between = Arc::clone(&writer);
    probe.before_each_call(move |number, _| {
        if let Some(act) = when(number) {
            between.lock().expect("not poisoned").act(act);
        }
    });
    let (state, report) = block_on(Store::<Numbers, _>::load(&probe))
        .unwrap_or_else(|e| panic!("{place}: the reader was told: {e}"));
    let at_end = writer.lock().expect("not poisoned").progress;
    let moment = Progress {
        acknowledged: at_start.acknowledged,
        begun: at_end.begun,
    };
    moment.admits(count_in(&state));
    assert!(report.torn.is_none(), "{place}");
    assert_eq!(report.lsn.get(), u64::from(count_in(&state)), "{place}");
    probe.calls().len() as u64
}

#[test]
fn the_writer_acts_before_any_call_of_the_reader() {
    for act in ACTS {
        for at in 0.. {
            let place = format!("{act:?} before call {at}");
            let calls = read_while(move |number| (number == at).then_some(act), &place);
            if calls <= at {
                println!("{act:?}: {at} calls");
                break;
            }
        }
    }
}

#[test]
fn the_writer_acts_before_any_two_calls_of_the_reader() {
    let mut pairs = 0;
    for first in ACTS {
        for second in [Act::Snapshot, Act::Much] {
            for a in 0..30 {
                for b in a + 1..30 {
                    let place = format!("{first:?} before call {a}, {second:?} before call {b}");
                    let when = move |number| match number {
                        _ if number == a => Some(first),
                        _ if number == b => Some(second),
                        _ => None,
                    };
                    if read_while(when, &place) <= b {
                        break;
                    }
                    pairs += 1;
                }
            }
        }
    }
    println!("{pairs} pairs");
    assert!(pairs > 300);
}

/// The writer runs circles around the reader for a while.
#[test]
fn the_writer_acts_before_every_call_for_a_while() {
    for calls in [5, 10, 20] {
        for act in ACTS {
            let place = format!("{act:?} before each of {calls} calls");
            read_while(move |number| (number < calls).then_some(act), &place);
        }
    }
}

/// The writer stands still in the middle of anything, while the reader reads.
#[test]
fn the_writer_stands_still_at_any_call() {
    let mut moments = 0;
    for polls in 0.. {
        let disk = MemoryBackend::new();
        let mut progress = Progress::default();
        let done = {
            let session = async {
                for _ in 0..2 {
                    let probe = Probe::new(&disk, 1);
                    let store: Store<Numbers, _> = Store::open(probe, small()).await?;
                    for _ in 0..2 {
                        progress.commit(&store).await?;
                        progress.commit(&store).await?;
                        store.snapshot().await?;
                    }
                    for _ in 0..8 {
                        progress.commit(&store).await?;
                    }
                }
                Ok::<_, PersistenceError>(())
            };
            poll_times(session, polls).is_some()
        };
        let before = files(&disk);
        match block_on(NumberStore::load(&disk)) {
            Ok((state, report)) => {
                progress.admits(count_in(&state));
                assert!(report.is_clean(), "{polls} polls: {report:?}");
                let verified = block_on(verify(&disk)).expect("readable");
                assert!(verified.is_sound(), "{polls} polls: {:?}", verified.damage);
            }
            Err(PersistenceError::NoStore { .. }) => {
                assert_eq!(progress.begun, 0, "{polls} polls: there was a store");
            }
            Err(error) => panic!("{polls} polls: {error}"),
        }
        assert_eq!(files(&disk), before, "the reader wrote");
        moments += 1;
        if done {
            break;
        }
    }
    println!("{moments} moments");
}
