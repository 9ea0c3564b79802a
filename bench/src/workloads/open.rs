//! Loading a snapshot, every byte of it checked. The files are in the page cache, so only our own
//! work is measured.

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
        batch: 64,
    };
    let mut found = run(setting, "open-4k", contents, contents.len(), "MB/s")?;
    let rate = rate(&found);
    found
        .goals
        .push(Goal::at_least("open-4k", "MB/s", 1000.0, rate));
    Ok(found)
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
        batch: 1000,
    };
    let mut found = run(setting, "open-16", contents, entries, "million entries/s")?;
    let rate = rate(&found);
    found
        .goals
        .push(Goal::at_least("open-16", "million entries/s", 5.0, rate));
    Ok(found)
}

fn rate(found: &Found) -> f64 {
    found.rows.first().map_or(0.0, |row| row.rate)
}

fn run(
    setting: &Setting<'_>,
    bench: &str,
    contents: Contents,
    work: u64,
    unit: &str,
) -> Result<Found> {
    let place = Place::new(setting.root, bench)?;
    let store = filled(place.path(), contents)?;
    store.snapshot()?;
    store.close()?;
    let backend = FileBackend::open_read_only(place.path().join("store"))?;
    #[expect(clippy::cast_precision_loss, reason = "a gigabyte")]
    let work = work as f64 / 1e6;
    let mut turns = [Turn {
        name: ours::COMMITTER.name,
        kind: Kind::Ours,
        remark: "Store::load, from the page cache",
        run: Box::new(|| {
            let started = Instant::now();
            let (state, _) = steadfast::blocking::Store::<Kv>::load(&backend)?;
            let time = started.elapsed();
            if state.len() as u64 != contents.entries {
                return Err("the wrong number of entries".into());
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
    Ok(Found {
        rows,
        goals: Vec::new(),
    })
}
