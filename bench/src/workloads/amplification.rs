//! How many bytes go to the disk for each committed byte, snapshots included.

use std::time::Duration;

use steadfast::Kv;
use steadfast::blocking::Options;

use super::Setting;
use crate::contest::{Turn, contest, repeat_in_threads};
use crate::entrant::Kind;
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::{Result, data, meter, ours};

const BENCH: &str = "amplification";
const VALUE_LEN: usize = 92;
const COMMITTED_LEN: u64 = 100;

pub(super) fn run(setting: &Setting<'_>) -> Result<Found> {
    let place = Place::new(setting.root, BENCH)?;
    // The state is as long as the log may grow before a snapshot, so that snapshots come as often
    // as the rule allows.
    let (keys, time, after) = if setting.effort.quick {
        (20_000, Duration::from_secs(2), 2 << 20)
    } else {
        (600_000, Duration::from_secs(60), 64 << 20)
    };
    let store = ours::open(place.path(), Options::default().snapshot_after(after))?;
    let effort = crate::contest::Effort {
        rounds: 1,
        ..setting.effort
    };
    let (mut written, mut handed_over, mut snapshots) = (0, 0, 0);
    let mut turns = [Turn {
        name: ours::COMMITTER.name,
        kind: Kind::Ours,
        remark: "64 threads, 100 bytes a commit, automatic snapshots",
        run: Box::new(|| {
            let before = (meter::written(), meter::handed_over());
            let first = store
                .status()?
                .snapshots
                .last()
                .map_or(0, |it| it.lsn.get());
            let slice = repeat_in_threads(64, time, |thread, turn| {
                let number = turn * 64 + thread;
                let key = data::key(number.wrapping_mul(7919) % keys);
                store.commit(Kv::put(key, data::random(VALUE_LEN, number))?)?;
                Ok(())
            })?;
            let since = |now: Option<u64>, before: Option<u64>| {
                now.unwrap_or(0).saturating_sub(before.unwrap_or(0))
            };
            written = since(meter::written(), before.0);
            handed_over = since(meter::handed_over(), before.1);
            let last = store
                .status()?
                .snapshots
                .last()
                .map_or(0, |it| it.lsn.get());
            snapshots = u64::from(last > first);
            Ok(slice)
        }),
    }];
    let mut rows = contest(BENCH, "commits/s", effort, &mut turns)?;
    drop(turns);
    let Some(row) = rows.first_mut() else {
        return Err("no row".into());
    };
    #[expect(clippy::cast_precision_loss, reason = "a few gigabytes")]
    let ratio = |bytes: u64| bytes as f64 / (row.rate * time.as_secs_f64() * COMMITTED_LEN as f64);
    let (measured, logical) = (ratio(written), ratio(handed_over));
    if snapshots == 0 {
        return Err("no snapshot was taken: the run is too short".into());
    }
    row.remark = format!("{}; handed to the system: {logical:.2} of each", row.remark);
    let what = "bytes to the disk for each byte committed";
    Ok(Found {
        rows,
        goals: vec![Goal::at_most(BENCH, what, 2.5, measured)],
    })
}
