//! A whole store: created, committed to, snapshotted with pruning, and reopened.

use serde::{Deserialize, Serialize};
use steadfast_core::{PersistenceError, Postcard, Schema, State, Store, StoreOptions, verify};
use steadfast_testkit::block_on;
use steadfast_testkit::posix::{Disk, Workload};

use crate::system::{Simulated, open};

/// Holds the number of the last commit, with enough bytes to fill segments.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Journal(pub(crate) Vec<u32>);

#[derive(Serialize, Deserialize)]
pub(crate) struct Line {
    number: u32,
    weight: String,
}

impl Schema for Journal {
    const NAME: &'static str = "test.journal";
    type Codec = Postcard;
}

impl State for Journal {
    type Operation = Line;
    type OperationCodec = Postcard;
    fn apply(&mut self, line: Line) {
        self.0.push(line.number);
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Commit,
    Snapshot,
    Reopen,
}

use Action::{Commit, Reopen, Snapshot};

const ACTIONS: [Action; 12] = [
    Commit, Commit, Snapshot, Commit, Reopen, Commit, Snapshot, Commit, Snapshot, Commit, Snapshot,
    Commit,
];

/// How many commits are there, at least and at most.
#[derive(Clone, Copy)]
pub(crate) struct Commits {
    least: u32,
    most: u32,
}

#[derive(Clone)]
pub(crate) struct Stores {
    actions: Vec<Action>,
    segment_len: u64,
}

impl Default for Stores {
    /// A new segment every few commits.
    fn default() -> Self {
        Self {
            actions: ACTIONS.to_vec(),
            segment_len: 400,
        }
    }
}

impl Stores {
    /// One segment for all commits, with pages of zeros written ahead of the log.
    pub(crate) fn with_room() -> Self {
        Self {
            actions: vec![
                Commit, Commit, Commit, Reopen, Commit, Snapshot, Commit, Commit,
            ],
            segment_len: 64 << 10,
        }
    }

    /// A different workload for every seed.
    pub(crate) fn drawn(seed: u64) -> Self {
        // The simulated disk draws its numbers with SplitMix64 too, but they are the same for every
        // seed. These are not.
        let draws = Disk::new();
        let draw = || draws.unique() ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut actions = vec![Commit];
        actions.extend((0..7).map(|_| match (draw() >> 20) % 5 {
            0 => Snapshot,
            1 => Reopen,
            _ => Commit,
        }));
        let lens = [400, 1_000, 9_000, 64 << 10];
        let segment_len = lens[usize::try_from((draw() >> 20) % 4).unwrap()];
        Self {
            actions,
            segment_len,
        }
    }
}

pub(crate) type Opened = Store<Journal, steadfast_file::FileBackend<Simulated>>;

pub(crate) fn store(disk: &Disk, segment_len: u64) -> Result<Opened, PersistenceError> {
    let options = StoreOptions::default().segment_len(segment_len);
    block_on(Store::open(open(disk)?, options))
}

pub(crate) fn commit(store: &Opened, number: u32) -> Result<(), PersistenceError> {
    let weight = "x".repeat(usize::try_from(number * 37 % 300).unwrap());
    block_on(store.commit(Line { number, weight })).map(drop)
}

/// Commits to one segment with room ahead, and closes the store or lets it be killed.
pub(crate) fn with_commits(disk: &Disk, is_closed: bool) -> Disk {
    let opened = store(disk, 64 << 10).unwrap();
    for number in 1..=3 {
        commit(&opened, number).unwrap();
    }
    if is_closed {
        block_on(opened.close()).unwrap();
        return disk.clone();
    }
    disk.killed()
}

fn run(stores: &Stores, disk: &Disk, commits: &mut Commits) -> Result<(), PersistenceError> {
    let mut opened = Some(store(disk, stores.segment_len)?);
    for action in &stores.actions {
        let store_now = opened.as_ref().unwrap();
        match action {
            Commit => {
                commits.most = commits.least + 1;
                commit(store_now, commits.least)?;
                commits.least = commits.most;
            }
            Snapshot => drop(block_on(store_now.snapshot())?),
            Reopen => {
                drop(opened.take());
                opened = Some(store(disk, stores.segment_len)?);
            }
        }
    }
    Ok(())
}

fn find(store: &Opened, commits: Commits) -> Result<u32, String> {
    let numbers = store
        .read(|journal| journal.0.clone())
        .map_err(|error| error.to_string())?;
    let count = u32::try_from(numbers.len()).unwrap();
    let is_whole = numbers.into_iter().eq(0..count);
    if is_whole && (commits.least..=commits.most).contains(&count) {
        Ok(count)
    } else {
        let Commits { least, most } = commits;
        Err(format!("{least} to {most} commits, and {count} are there"))
    }
}

impl Workload for Stores {
    type Progress = Commits;

    fn run(&self, disk: &Disk) -> Commits {
        let mut commits = Commits { least: 0, most: 0 };
        // Whatever ends the run, everything acknowledged until then counts.
        let _ = run(self, disk, &mut commits);
        commits
    }

    fn recover(&self, disk: &Disk, commits: &Commits) -> Option<Commits> {
        let found = find(&store(disk, self.segment_len).ok()?, *commits).ok()?;
        Some(Commits {
            least: found,
            most: found,
        })
    }

    fn check(&self, disk: &Disk, commits: &Commits) -> Result<(), String> {
        let reopened =
            store(disk, self.segment_len).map_err(|error| format!("it does not open: {error}"))?;
        let found = find(&reopened, *commits)?;
        let said = |error: PersistenceError| format!("it cannot go on: {error}");
        commit(&reopened, found).map_err(said)?;
        block_on(reopened.snapshot()).map_err(said)?;
        drop(reopened);
        let after = disk.restart(steadfast_core::Fate::Lost);
        let again = store(&after, self.segment_len)
            .map_err(|error| format!("it does not open again: {error}"))?;
        let all = Commits {
            least: found + 1,
            most: found + 1,
        };
        find(&again, all)?;
        drop(again);
        let files = open(&after).map_err(|error| error.to_string())?;
        let report = block_on(verify(&files)).map_err(|error| error.to_string())?;
        match report.damage.first() {
            Some(damage) => Err(format!("verify finds damage: {damage}")),
            None => Ok(()),
        }
    }

    fn without(&self, action: usize) -> Option<Self> {
        let mut shorter = self.clone();
        (action < shorter.actions.len()).then(|| shorter.actions.remove(action))?;
        Some(shorter)
    }

    fn script(&self) -> String {
        format!("{:?}", self.actions)
    }
}
