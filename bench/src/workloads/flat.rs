//! Whether a commit to a larger state costs more.

use steadfast::Kv;

use super::Setting;
use super::fill::{Contents, filled, key, spread};
use crate::contest::{Turn, contest, repeat};
use crate::entrant::Kind;
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::{Result, data};

const BENCH: &str = "flat";
const SIZES: [(u64, &str); 5] = [
    (1_000, "1,000 entries"),
    (10_000, "10,000 entries"),
    (100_000, "100,000 entries"),
    (1_000_000, "1,000,000 entries"),
    (10_000_000, "10,000,000 entries"),
];

pub(super) fn run(setting: &Setting<'_>) -> Result<Found> {
    let place = Place::new(setting.root, BENCH)?;
    let largest = if setting.effort.quick {
        100_000
    } else {
        10_000_000
    };
    let mut open = Vec::new();
    for (entries, name) in SIZES.iter().filter(|(entries, _)| *entries <= largest) {
        let contents = Contents {
            entries: *entries,
            key_len: 16,
            value_len: 16,
            batch: 1000,
        };
        open.push((
            *entries,
            *name,
            filled(&place.folder(&entries.to_string())?, contents)?,
        ));
    }
    let mut turns: Vec<_> = open
        .iter()
        .map(|(entries, name, store)| {
            let mut turn = 0;
            Turn {
                name,
                kind: if *entries == largest {
                    Kind::Ours
                } else {
                    Kind::Raw
                },
                remark: "one thread, 16 bytes each of key and value, existing keys",
                run: Box::new(move || {
                    repeat(setting.effort.slice, || {
                        turn += 1;
                        let key = key(spread(turn * 7919, *entries), 16);
                        store.commit(Kv::put(key, data::random(16, turn))?)?;
                        Ok(1.0)
                    })
                }),
            }
        })
        .collect();
    let rows = contest(BENCH, "commits/s", setting.effort, &mut turns)?;
    let p50 = rows.iter().filter_map(|row| row.p50_us);
    let (low, high) = p50.fold((f64::MAX, 0.0_f64), |(low, high), us| {
        (low.min(us), high.max(us))
    });
    let what = "the slowest median by the fastest";
    Ok(Found {
        rows,
        goals: vec![Goal::at_most(BENCH, what, 1.1, high / low)],
    })
}
