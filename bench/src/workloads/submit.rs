//! One thread that keeps the disk busy: it submits a million commits, and waits for them at the
//! end.

use std::time::Instant;

use steadfast::Kv;
use steadfast::blocking::Options;

use super::Setting;
use crate::contest::{Slice, Turn, contest};
use crate::entrant::Kind;
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::samples::Samples;
use crate::{Result, data, ours, raw};

const BENCH: &str = "submit";
const VALUE_LEN: usize = 92;
const KEYS: u64 = 10_000;
/// The bytes that the log takes for each commit: header of the frame, kind, lengths, key, value.
const FRAME_LEN: u64 = 36 + 9 + 100;

pub(super) fn run(setting: &Setting<'_>) -> Result<Found> {
    let count: u64 = if setting.effort.quick {
        100_000
    } else {
        1_000_000
    };
    let place = Place::new(setting.root, BENCH)?;
    let store = ours::open(place.path(), Options::default())?;
    let folder = place.folder("raw")?;
    #[expect(clippy::cast_precision_loss, reason = "a million")]
    let work = count as f64;
    let slice = |started: Instant| Slice {
        work,
        operations: count,
        time: started.elapsed(),
        samples: Samples::default(),
    };
    let mut written = 0;
    let mut turns = [
        Turn {
            name: "sequential write + flush",
            kind: Kind::Raw,
            remark: "as many bytes as the log takes, in one piece",
            run: Box::new(|| {
                let started = Instant::now();
                raw::write_and_flush(&folder, written, count * FRAME_LEN)?;
                written += 1;
                Ok(slice(started))
            }),
        },
        Turn {
            name: ours::COMMITTER.name,
            kind: Kind::Ours,
            remark: "one thread, one ticket awaited at the end: the last",
            run: Box::new(|| {
                let started = Instant::now();
                let mut last = None;
                for number in 0..count {
                    let value = data::fresh::<VALUE_LEN>(number);
                    let key = data::key(number.wrapping_mul(7919) % KEYS);
                    last = Some(store.submit(Kv::put(key, value)?)?);
                }
                last.map(steadfast::blocking::Ticket::wait).transpose()?;
                Ok(slice(started))
            }),
        },
    ];
    let rows = contest(BENCH, "commits/s", setting.effort, &mut turns)?;
    let mut found = Found {
        rows,
        goals: vec![],
    };
    let ours = found.rows.iter().find(|row| row.kind == Kind::Ours);
    let rate = ours.map_or(0.0, |row| row.rate);
    let bandwidth = found.ours_by("sequential write + flush");
    found.goals.push(Goal::at_least(
        BENCH,
        "million durable commits a second, or 0.8 of the bandwidth (1 is either)",
        1.0,
        (rate / 1e6).max(bandwidth / 0.8),
    ));
    Ok(found)
}
