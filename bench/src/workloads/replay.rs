//! Replaying a log without a snapshot, every byte of it checked. The log is in the page cache.

use std::time::Instant;

use steadfast::{FileBackend, Kv};

use super::Setting;
use super::fill::{Contents, filled};
use crate::contest::{Slice, Turn, contest};
use crate::entrant::Kind;
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::samples::Samples;
use crate::{Result, ours};

pub(super) fn large(setting: &Setting<'_>) -> Result<Found> {
    let entries = if setting.effort.quick {
        1 << 14
    } else {
        1 << 17
    };
    let contents = Contents {
        entries,
        key_len: 8,
        value_len: 4096,
        batch: 1,
    };
    run(
        setting,
        "replay-4k",
        contents,
        contents.len(),
        "MB/s",
        1000.0,
    )
}

pub(super) fn small(setting: &Setting<'_>) -> Result<Found> {
    let entries: u64 = if setting.effort.quick {
        200_000
    } else {
        2_000_000
    };
    let contents = Contents {
        entries,
        key_len: 16,
        value_len: 16,
        batch: 1,
    };
    let unit = "million operations/s";
    run(setting, "replay-16", contents, entries, unit, 5.0)
}

fn run(
    setting: &Setting<'_>,
    bench: &str,
    contents: Contents,
    work: u64,
    unit: &str,
    target: f64,
) -> Result<Found> {
    let place = Place::new(setting.root, bench)?;
    filled(place.path(), contents)?.close()?;
    let backend = FileBackend::open_read_only(place.path().join("store"))?;
    #[expect(clippy::cast_precision_loss, reason = "a gigabyte")]
    let work = work as f64 / 1e6;
    let mut turns = [Turn {
        name: ours::COMMITTER.name,
        kind: Kind::Ours,
        remark: "Store::load of a log alone, from the page cache",
        run: Box::new(|| {
            let started = Instant::now();
            let (state, report) = steadfast::blocking::Store::<Kv>::load(&backend)?;
            let time = started.elapsed();
            if report.replayed != contents.entries || state.is_empty() {
                return Err("the wrong number of operations".into());
            }
            Ok(Slice {
                work,
                operations: 1,
                time,
                samples: Samples::default(),
            })
        }),
    }];
    let rows = contest(bench, unit, setting.effort, &mut turns)?;
    let measured = rows.first().map_or(0.0, |row| row.rate);
    Ok(Found {
        rows,
        goals: vec![Goal::at_least(bench, unit, target, measured)],
    })
}
