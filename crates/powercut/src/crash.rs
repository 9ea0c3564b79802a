//! Crash states: when the power fails, and which of the unflushed sectors had reached the disk by
//! then.
//!
//! The choice is a function of the recording and its seed, so state number 17 of a recording is
//! always the same. No state is chosen twice as long as new ones are found. Two states are the same
//! if the same sectors are kept and the same was said before the cut.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use fastrand::Rng;

use crate::disk::{Disk, Event, Image, SECTOR_LEN};
use crate::recording::{Recording, sectors_of};

/// How often a choice that was made before is repeated.
const ATTEMPTS_MAX: u32 = 30;

/// Which of the unflushed changes had reached the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of them: a cut in the stream of writes.
    All,
    /// None of them: nothing left the cache.
    Nothing,
    /// Each change at random.
    Changes,
    /// Each sector at random, in this many of a hundred cases.
    Sectors(u8),
    /// All but this sector, counted from the last flush on.
    AllButSector(u64),
    /// All but this change, counted from the last flush on.
    AllButChange(u64),
}

/// The smallest piece that the disk writes whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// A sector of 512 bytes, the least that any disk promises.
    Sector,
    /// Eight sectors, as most of today's disks write them. None of the examined file systems
    /// survives everything if the disk tears its metadata.
    Block,
}

impl Grain {
    const fn sectors(self) -> u64 {
        match self {
            Self::Sector => 1,
            Self::Block => 8,
        }
    }
}

/// One crash state of a recording.
#[derive(Clone, Debug)]
pub struct Crash {
    /// The power fails before this step.
    pub cut: usize,
    /// Which unflushed changes are kept.
    pub kept: Kept,
    /// Decides the random choices.
    pub seed: u64,
    /// The smallest piece that is never torn.
    pub grain: Grain,
    /// Whether no earlier choice gave the same state.
    pub is_new: bool,
}

/// A run of sectors of one step.
struct Run {
    step: usize,
    first: u64,
    count: u64,
}

/// The first `count` crash states of the recording.
#[must_use]
pub fn choose(recording: &Recording, count: usize) -> Vec<Crash> {
    let mut rng = Rng::with_seed(recording.seed);
    let flushes = recording.events.iter().enumerate();
    let flushes: Vec<usize> = flushes
        .filter(|(_, event)| matches!(event, Event::Flush))
        .map(|(index, _)| index)
        .collect();
    let mut seen = HashSet::new();
    let mut chosen = Vec::with_capacity(count);
    for _ in 0..count {
        let mut crash = draw(recording, &flushes, &mut rng);
        for _ in 0..ATTEMPTS_MAX {
            crash.is_new = seen.insert(crash.fingerprint(recording));
            if crash.is_new {
                break;
            }
            crash = draw(recording, &flushes, &mut rng);
        }
        chosen.push(crash);
    }
    chosen
}

fn draw(recording: &Recording, flushes: &[usize], rng: &mut Rng) -> Crash {
    let cut = draw_cut(recording.events.len(), flushes, rng);
    let pending = pending(recording, cut);
    let sectors: u64 = pending.iter().map(|(_, sectors)| sectors).sum();
    // With a single change, keeping all but that one is the same as keeping nothing.
    let ways = if pending.len() > 1 { 6 } else { 4 };
    let kept = match rng.u8(0..ways) {
        0 => Kept::All,
        1 => Kept::Nothing,
        2 => Kept::Sectors([10, 50, 90].get(rng.usize(0..3)).copied().unwrap_or(50)),
        3 => Kept::AllButSector(rng.u64(0..sectors.max(1))),
        4 => Kept::Changes,
        _ => Kept::AllButChange(rng.u64(0..(pending.len() as u64).max(1))),
    };
    Crash {
        cut,
        kept,
        seed: rng.u64(..),
        grain: Grain::Sector,
        is_new: false,
    }
}

/// A third of the cuts are anywhere. Another third give each time between two flushes the same
/// chance, however much happens in it. The last third come right before a flush, when most is
/// pending.
fn draw_cut(end: usize, flushes: &[usize], rng: &mut Rng) -> usize {
    let epoch = rng.usize(0..=flushes.len());
    let flush = flushes.get(epoch).copied().unwrap_or(end);
    match rng.u8(0..3) {
        0 => rng.usize(0..=end),
        1 => {
            let before = epoch.checked_sub(1).and_then(|before| flushes.get(before));
            rng.usize(before.map_or(0, |before| before.saturating_add(1))..=flush)
        }
        _ => flush,
    }
}

/// The unflushed changes at a cut: their steps, and how many sectors each has.
fn pending(recording: &Recording, cut: usize) -> Vec<(usize, u64)> {
    let from = recording.last_flush_before(cut);
    let steps = recording.events.iter().enumerate().take(cut).skip(from);
    steps
        .map(|(step, event)| (step, event.sectors()))
        .filter(|(_, sectors)| *sectors > 0)
        .collect()
}

impl Crash {
    /// The runs of sectors that are kept, in the order in which they were written.
    fn runs(&self, recording: &Recording) -> Vec<Run> {
        let mut rng = Rng::with_seed(self.seed);
        let mut runs = Vec::new();
        let mut sectors_before = 0_u64;
        for (change, (step, count)) in (0_u64..).zip(pending(recording, self.cut)) {
            let mut keep = |first, count| runs.push(Run { step, first, count });
            match self.kept {
                Kept::All => keep(0, count),
                Kept::Nothing => {}
                Kept::Changes => {
                    if rng.bool() {
                        keep(0, count);
                    }
                }
                Kept::Sectors(percent) => self
                    .grains(recording, step)
                    .filter(|_| rng.u8(0..100) < percent)
                    .for_each(|grain| keep(grain.start, grain.end - grain.start)),
                Kept::AllButSector(lost) => self
                    .grains(recording, step)
                    .filter(|grain| {
                        let lost = lost.checked_sub(sectors_before);
                        !lost.is_some_and(|lost| grain.contains(&lost))
                    })
                    .for_each(|grain| keep(grain.start, grain.end - grain.start)),
                Kept::AllButChange(lost) => {
                    if lost != change {
                        keep(0, count);
                    }
                }
            }
            sectors_before = sectors_before.saturating_add(count);
        }
        runs
    }

    /// The sectors of a step, split where the disk may tear.
    fn grains(&self, recording: &Recording, step: usize) -> impl Iterator<Item = Range<u64>> {
        let event = recording.events.get(step);
        let count = event.map_or(0, Event::sectors);
        let start = event.map_or(0, Event::offset) / SECTOR_LEN;
        let len = self.grain.sectors();
        let grains = start / len..start.saturating_add(count).div_ceil(len);
        grains.map(move |grain| {
            let within = |sector: u64| sector.saturating_sub(start).min(count);
            let first = grain.saturating_mul(len);
            within(first)..within(first.saturating_add(len))
        })
    }

    fn fingerprint(&self, recording: &Recording) -> u64 {
        let mut hasher = DefaultHasher::new();
        recording.last_flush_before(self.cut).hash(&mut hasher);
        recording.told_at(self.cut).hash(&mut hasher);
        for run in self.runs(recording) {
            for sector in (run.first..).take(usize::try_from(run.count).unwrap_or(usize::MAX)) {
                (run.step, sector).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    /// The disk in this state.
    #[must_use]
    pub fn image(&self, recording: &Recording) -> Arc<Image> {
        let disk = Disk::default();
        self.put_on(&disk, recording);
        disk.image()
    }

    /// Puts the state on `disk`.
    pub(crate) fn put_on(&self, disk: &Disk, recording: &Recording) {
        disk.insert(&recording.image);
        let durable = recording.last_flush_before(self.cut);
        for event in recording.events.iter().take(durable) {
            replay(disk, event, 0, event.sectors());
        }
        for run in self.runs(recording) {
            if let Some(event) = recording.events.get(run.step) {
                replay(disk, event, run.first, run.count);
            }
        }
    }
}

/// Repeats some sectors of a step.
fn replay(disk: &Disk, event: &Event, first: u64, count: u64) {
    let skipped = first.saturating_mul(SECTOR_LEN);
    match event {
        Event::Write { offset, data } => disk.write(
            offset.saturating_add(skipped),
            sectors_of(data, first, count),
        ),
        Event::Zero { offset, len } => disk.zero(
            offset.saturating_add(skipped),
            count
                .saturating_mul(SECTOR_LEN)
                .min(len.saturating_sub(skipped)),
        ),
        Event::Flush | Event::Mark(_) => {}
    }
}
