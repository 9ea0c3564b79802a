//! A snapshot of a large state: how fast it is, how much memory it takes, and how it slows down
//! concurrent commits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use steadfast::Kv;
use steadfast::blocking::Store;

use super::Setting;
use super::fill::{Contents, filled};
use crate::contest::{Slice, Turn, contest, repeat};
use crate::entrant::Kind;
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::samples::Samples;
use crate::{Result, data, meter, ours, raw};

const BENCH: &str = "snapshot";
const MIB: u64 = 1 << 20;

pub(super) fn run(setting: &Setting<'_>) -> Result<Found> {
    let entries = if setting.effort.quick {
        1 << 14
    } else {
        1 << 18
    };
    let place = Place::new(setting.root, BENCH)?;
    let contents = Contents {
        entries,
        key_len: 8,
        value_len: 4096,
        batch: 64,
    };
    let store = filled(place.path(), contents)?;
    let folder = place.folder("raw")?;
    let mut memory = 0_u64;
    let turn = std::cell::Cell::new(0);
    #[expect(clippy::cast_precision_loss, reason = "a gigabyte")]
    let work = contents.len() as f64 / 1e6;
    let slice = |started: Instant| Slice {
        work,
        operations: 1,
        time: started.elapsed(),
        samples: Samples::default(),
    };
    let mut written = 0;
    let mut turns = [
        Turn {
            name: "sequential write + flush",
            kind: Kind::Raw,
            remark: "as many bytes in a new file, two of which are kept",
            run: Box::new(|| {
                let started = Instant::now();
                raw::write_and_flush(&folder, written, contents.len())?;
                written += 1;
                Ok(slice(started))
            }),
        },
        Turn {
            name: ours::COMMITTER.name,
            kind: Kind::Ours,
            remark: "Store::snapshot",
            run: Box::new(|| {
                // A snapshot needs a commit since the last one.
                touch(&store, turn.replace(turn.get() + 1))?;
                meter::forget_peak();
                let before = meter::memory().unwrap_or(0);
                let started = Instant::now();
                store.snapshot()?;
                let slice = slice(started);
                memory = memory.max(meter::peak().unwrap_or(0).saturating_sub(before));
                Ok(slice)
            }),
        },
    ];
    let effort = crate::contest::Effort {
        rounds: setting.effort.rounds.min(5),
        ..setting.effort
    };
    let rows = contest(BENCH, "MB/s", effort, &mut turns)?;
    drop(turns);
    let (idle, busy) = commits(&store, effort.rounds)?;
    let mut found = Found {
        rows,
        goals: vec![],
    };
    let measured = found.ours_by("sequential write + flush");
    found.goals = vec![
        Goal::at_least(BENCH, "rate by sequential write + flush", 0.9, measured),
        #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
        Goal::at_most(
            BENCH,
            "MiB of extra memory",
            32.0,
            memory as f64 / MIB as f64,
        ),
        Goal::at_most(
            BENCH,
            "p99 of commits meanwhile by the idle one",
            3.0,
            busy / idle,
        ),
    ];
    Ok(found)
}

fn touch(store: &Store<Kv>, turn: u64) -> Result {
    store.commit(Kv::put(data::key(turn), data::random(92, turn))?)?;
    Ok(())
}

/// The 99th percentiles of commits without and beside a snapshot. Both are measured in turn, in
/// this many rounds.
fn commits(store: &Store<Kv>, rounds: usize) -> Result<(f64, f64)> {
    let (mut idle, mut busy) = (Samples::default(), Samples::default());
    for _ in 0..rounds {
        let mut turn = 0;
        let alone = repeat(Duration::from_millis(500), || {
            turn += 1;
            touch(store, turn).map(|()| 1.0)
        })?;
        idle.append(alone.samples);
        let done = AtomicBool::new(false);
        let beside = thread::scope(|scope| -> Result<Samples> {
            let snapshot = scope.spawn(|| {
                let saved = store.snapshot();
                done.store(true, Ordering::Relaxed);
                saved
            });
            let mut samples = Samples::default();
            while !done.load(Ordering::Relaxed) {
                turn += 1;
                let started = Instant::now();
                touch(store, turn)?;
                samples.push(started.elapsed());
            }
            snapshot.join().map_err(|_| "a panic")??;
            Ok(samples)
        })?;
        busy.append(beside);
    }
    let p99 = |samples: &Samples| samples.percentile_us(0.99).unwrap_or(f64::NAN);
    Ok((p99(&idle), p99(&busy)))
}
