//! Checking every checksum of a store, compared with only reading its files. It is measured from
//! the disk, where checks are made in practice, and from the page cache, where only our own work
//! shows.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use steadfast::FileBackend;

use super::Setting;
use super::fill::{Contents, filled};
use crate::contest::{Slice, Turn, contest};
use crate::entrant::Kind;
use crate::place::{Place, forget};
use crate::row::{Found, Goal};
use crate::samples::Samples;
use crate::{Result, ours};

const BENCH: &str = "verify";
const DISK: &str = "reading the files, from the disk";

pub(super) fn run(setting: &Setting<'_>) -> Result<Found> {
    let entries = if setting.effort.quick {
        1 << 14
    } else {
        1 << 17
    };
    let place = Place::new(setting.root, BENCH)?;
    let contents = Contents {
        entries,
        key_len: 8,
        value_len: 4096,
        batch: 1,
    };
    let store = filled(place.path(), contents)?;
    store.snapshot()?;
    store.close()?;
    let path = place.path().join("store");
    let backend = FileBackend::open_read_only(&path)?;
    let slice = |bytes: u64, started: Instant| {
        #[expect(clippy::cast_precision_loss, reason = "a gigabyte")]
        let work = bytes as f64 / 1e6;
        Slice {
            work,
            operations: 1,
            time: started.elapsed(),
            samples: Samples::default(),
        }
    };
    let reading = |cold: bool| {
        if cold {
            forget(&path)?;
        }
        let started = Instant::now();
        Ok(slice(read(&path)?, started))
    };
    let checking = |cold: bool| {
        if cold {
            forget(&path)?;
        }
        let started = Instant::now();
        let report = steadfast::blocking::verify(&backend)?;
        if !report.damage.is_empty() {
            return Err("damage where there is none".into());
        }
        Ok(slice(report.bytes, started))
    };
    let turn = |name, kind, remark, run| Turn {
        name,
        kind,
        remark,
        run,
    };
    let mut turns = [
        turn(
            DISK,
            Kind::Raw,
            "a mebibyte at a time into one buffer",
            Box::new(|| reading(true)),
        ),
        turn(
            ours::COMMITTER.name,
            Kind::Ours,
            "verify, from the disk",
            Box::new(|| checking(true)),
        ),
        turn(
            "reading the files, from the page cache",
            Kind::Raw,
            "for the line below",
            Box::new(|| reading(false)),
        ),
        turn(
            "steadfast, from the page cache",
            Kind::Raw,
            "verify",
            Box::new(|| checking(false)),
        ),
    ];
    let rows = contest(BENCH, "MB/s", setting.effort, &mut turns)?;
    let mut found = Found {
        rows,
        goals: vec![],
    };
    let measured = found.ours_by(DISK);
    let what = "rate by that of reading";
    found.goals.push(Goal::at_least(BENCH, what, 0.9, measured));
    Ok(found)
}

fn read(folder: &Path) -> Result<u64> {
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            total += read(&entry.path())?;
            continue;
        }
        let mut file = File::open(entry.path())?;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                len => total += len as u64,
            }
        }
    }
    Ok(total)
}
