//! The workloads that use stores.

use std::path::Path;
use std::time::Duration;

use steadfast::blocking::{Durability, Options, Store};
use steadfast::{FileBackend, Kv};

use super::store::place;
use super::{Link, Trouble};
use crate::history::{count_in, operation};

/// A segment that holds about a dozen small commits.
const SEGMENT_LEN: u64 = 2 << 10;

/// A segment that grows through several pages, so that whole pages of zeros are written ahead of
/// the log.
const LONG_SEGMENT_LEN: u64 = 64 << 10;

/// How many stores are created.
const CREATIONS: u32 = 5;

/// Enough for several snapshots, after which the log before them is deleted.
const ROTATION_COMMITS: u64 = 60;
const SNAPSHOT_EVERY: u64 = 13;

/// The merge comes with the sixteenth small segment. This is enough for a merge, a merge of merged
/// segments, and some more.
const REOPENINGS: u32 = 36;

/// How many processes are killed.
const KILLS: u32 = 8;

/// Longer than any recording, so that only the program flushes.
const NEVER: Duration = Duration::from_secs(3600);

/// No snapshot is taken automatically.
fn by_hand() -> Options {
    Options::default().automatic_snapshots(false)
}

pub(super) fn creation(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    for unit in 0..CREATIONS {
        let mut writer = Writer::open(link, directory, unit, by_hand())?;
        for _ in 0..unit % 3 {
            writer.commit()?;
        }
    }
    Ok(())
}

pub(super) fn commits(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    let options = by_hand().segment_len(LONG_SEGMENT_LEN);
    let mut writer = Writer::open(link, directory, 0, options)?;
    for _ in 0..8 {
        for _ in 0..5 {
            writer.commit()?;
        }
        writer.commit_together(4)?;
    }
    writer.close()
}

pub(super) fn rotation(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    let options = by_hand().segment_len(SEGMENT_LEN);
    let mut writer = Writer::open(link, directory, 0, options)?;
    while writer.count < ROTATION_COMMITS {
        writer.commit()?;
        if writer.count.is_multiple_of(SNAPSHOT_EVERY) {
            writer.store.snapshot()?;
        }
    }
    writer.close()
}

pub(super) fn background(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    let options = Options::default()
        .segment_len(SEGMENT_LEN)
        .automatic_snapshots(true)
        .snapshot_after(2 * SEGMENT_LEN);
    let mut writer = Writer::open(link, directory, 0, options)?;
    while writer.count < ROTATION_COMMITS {
        writer.commit()?;
    }
    writer.close()
}

pub(super) fn reopenings(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    for _ in 0..REOPENINGS {
        let mut writer = Writer::open(link, directory, 0, by_hand())?;
        writer.commit()?;
        writer.close()?;
    }
    Ok(())
}

pub(super) fn killed(link: &mut Link, directory: &Path, session: u32) -> Result<(), Trouble> {
    link.ready()?;
    let options = by_hand()
        .durability(Durability::Interval(NEVER))
        .segment_len(LONG_SEGMENT_LEN);
    let mut writer = Writer::open(link, directory, 0, options)?;
    for _ in 0..3 {
        writer.commit_unacknowledged()?;
    }
    if session % 2 == 1 {
        writer.flush()?;
    }
    for _ in 0..2 {
        writer.commit_unacknowledged()?;
    }
    if session < KILLS {
        writer.link.be_killed()?;
    }
    writer.close()
}

pub(super) fn recovery(link: &mut Link, directory: &Path) -> Result<(), Trouble> {
    link.ready()?;
    let options = by_hand().segment_len(SEGMENT_LEN);
    let mut writer = Writer::open(link, directory, 0, options.clone())?;
    writer.commit()?;
    writer.commit_together(2)?;
    writer.store.snapshot()?;
    writer.commit()?;
    writer.close()?;
    let mut writer = Writer::open(link, directory, 0, options)?;
    writer.commit()?;
    writer.close()
}

/// An open store, and the link on which its commits are reported.
struct Writer<'a> {
    link: &'a mut Link,
    unit: u32,
    store: Store<Kv>,
    /// How many commits it has.
    count: u64,
}

impl<'a> Writer<'a> {
    /// Opens the store. What it shows then is reported as acknowledged.
    fn open(
        link: &'a mut Link,
        directory: &Path,
        unit: u32,
        options: Options,
    ) -> Result<Self, Trouble> {
        link.begin(unit, 0)?;
        let backend = FileBackend::open(place(directory, unit))?;
        let store = Store::open_on(backend, options)?;
        let count = store.read(count_in)??;
        link.acknowledge(unit, count)?;
        Ok(Self {
            link,
            unit,
            store,
            count,
        })
    }

    fn begin_next(&mut self) -> Result<(), Trouble> {
        self.count = self.count.saturating_add(1);
        self.link.begin(self.unit, self.count)
    }

    fn acknowledge(&mut self) -> Result<(), Trouble> {
        self.link.acknowledge(self.unit, self.count)
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        self.commit_unacknowledged()?;
        self.acknowledge()
    }

    fn commit_unacknowledged(&mut self) -> Result<(), Trouble> {
        self.begin_next()?;
        self.store.commit(operation(self.count)?)?;
        Ok(())
    }

    /// Commits that share a flush.
    fn commit_together(&mut self, commits: u32) -> Result<(), Trouble> {
        let mut tickets = Vec::new();
        for _ in 0..commits {
            self.begin_next()?;
            tickets.push(self.store.submit(operation(self.count)?)?);
        }
        for ticket in tickets {
            ticket.wait()?;
        }
        self.acknowledge()
    }

    fn flush(&mut self) -> Result<(), Trouble> {
        self.store.flush()?;
        self.acknowledge()
    }

    fn close(mut self) -> Result<(), Trouble> {
        self.flush()
    }
}
