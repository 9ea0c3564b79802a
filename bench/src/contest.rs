//! Entrants that take turns: a slice each, round after round.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::entrant::Kind;
use crate::flushes;
use crate::row::Row;
use crate::samples::{Samples, median};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many rounds count. One more round warms up.
    pub rounds: usize,
    /// How long a slice takes, if its length is free.
    pub slice: Duration,
    /// Whether sizes are reduced so that a run takes seconds.
    pub quick: bool,
}

/// The result of one slice.
#[derive(Debug)]
pub struct Slice {
    /// The work done, in the contest's unit.
    pub work: f64,
    /// How many operations were done.
    pub operations: u64,
    /// How long the slice took.
    pub time: Duration,
    /// How long each operation took.
    pub samples: Samples,
}

/// An entrant that takes turns.
pub struct Turn<'a> {
    /// The name in the row.
    pub name: &'a str,
    /// Whether it is raw, ours or a peer.
    pub kind: Kind,
    /// The remark in the row.
    pub remark: &'a str,
    /// Does a slice of work.
    pub run: Box<dyn FnMut() -> Result<Slice> + 'a>,
}

/// Lets all entrants take turns, and returns a row for each.
///
/// # Errors
/// The first error of an entrant.
pub fn contest(
    bench: &str,
    unit: &str,
    effort: Effort,
    turns: &mut [Turn<'_>],
) -> Result<Vec<Row>> {
    let count = turns.len();
    let mut rates = vec![Vec::new(); count];
    let mut samples = vec![Samples::default(); count];
    let mut flushed = vec![(0_u64, 0_u64); count];
    for round in 0..=effort.rounds {
        for place in 0..count {
            // Each round begins with another entrant, so that none always follows the same one.
            let index = (place + round) % count;
            let before = flushes::count();
            let turn = &mut turns[index];
            let slice = (turn.run)().map_err(|error| format!("{}: {error}", turn.name))?;
            if round == 0 {
                continue;
            }
            rates[index].push(slice.work / slice.time.as_secs_f64());
            samples[index].append(slice.samples);
            flushed[index].0 += flushes::count() - before;
            flushed[index].1 += slice.operations;
        }
    }
    let ours = turns.iter().position(|turn| turn.kind == Kind::Ours);
    let ours = ours.map(|index| rates[index].clone()).unwrap_or_default();
    let rows = turns.iter().enumerate().map(|(index, turn)| {
        let (flushes, operations) = flushed[index];
        let its = &rates[index];
        #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
        let flushes = (operations > 0).then(|| flushes as f64 / operations as f64);
        Row {
            bench: bench.to_owned(),
            entrant: turn.name.to_owned(),
            kind: turn.kind,
            rate: median(its.iter().copied()),
            unit: unit.to_owned(),
            p50_us: samples[index].percentile_us(0.5),
            p99_us: samples[index].percentile_us(0.99),
            flushes,
            ours_by_it: median(ours.iter().zip(its).map(|(ours, its)| ours / its)),
            remark: turn.remark.to_owned(),
        }
    });
    Ok(rows.collect())
}

/// One thread repeats `operation` for a slice.
///
/// # Errors
/// The operation's.
pub fn repeat(time: Duration, mut operation: impl FnMut() -> Result<f64>) -> Result<Slice> {
    let (mut work, mut operations) = (0.0, 0);
    let mut samples = Samples::default();
    let started = Instant::now();
    let mut last = started;
    while last - started < time {
        work += operation()?;
        operations += 1;
        let now = Instant::now();
        samples.push(now - last);
        last = now;
    }
    Ok(Slice {
        work,
        operations,
        time: last - started,
        samples,
    })
}

/// Repeats `operation` in this many threads for a slice. `operation` gets the number of its thread,
/// and of its turn in that thread.
///
/// # Errors
/// The first error of an operation.
pub fn repeat_in_threads(
    threads: u64,
    time: Duration,
    operation: impl Fn(u64, u64) -> Result + Sync,
) -> Result<Slice> {
    if threads == 1 {
        let mut turn = 0;
        return repeat(time, || {
            turn += 1;
            operation(0, turn).map(|()| 1.0)
        });
    }
    let stop = AtomicBool::new(false);
    let start = Barrier::new(usize::try_from(threads)? + 1);
    let (operation, stop, start) = (&operation, &stop, &start);
    thread::scope(|scope| {
        let work = |thread| {
            move || -> Result<(u64, Samples)> {
                let mut samples = Samples::default();
                start.wait();
                let mut last = Instant::now();
                let mut turn = 0;
                while !stop.load(Ordering::Relaxed) {
                    turn += 1;
                    operation(thread, turn)?;
                    let now = Instant::now();
                    samples.push(now - last);
                    last = now;
                }
                Ok((turn, samples))
            }
        };
        let handles: Vec<_> = (0..threads).map(|n| scope.spawn(work(n))).collect();
        start.wait();
        let started = Instant::now();
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        let (mut operations, mut samples) = (0, Samples::default());
        for handle in handles {
            let (turns, times) = handle.join().map_err(|_| "a thread panicked")??;
            operations += turns;
            samples.append(times);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
        let work = operations as f64;
        Ok(Slice {
            work,
            operations,
            time: started.elapsed(),
            samples,
        })
    })
}
