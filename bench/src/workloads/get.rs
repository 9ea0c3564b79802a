//! Random look-ups.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use steadfast::{Kv, KvBatch, State};

use super::Setting;
use super::fill::{key, spread};
use crate::contest::{Slice, Turn, contest};
use crate::entrant::Kind;
use crate::row::{Found, Goal};
use crate::samples::Samples;
use crate::{Result, data, ours};

const BENCH: &str = "get";
const ENTRIES: u64 = 1_000_000;

pub(super) fn run(setting: &Setting<'_>) -> Result<Found> {
    let looks: u64 = if setting.effort.quick {
        100_000
    } else {
        1_000_000
    };
    let mut kv = Kv::default();
    let mut tree = BTreeMap::new();
    for number in 0..ENTRIES {
        let number = spread(number, ENTRIES);
        let mut batch = KvBatch::new();
        batch.put(key(number, 16), data::random(16, number))?;
        kv.apply(batch);
        tree.insert(key(number, 16), data::random(16, number).to_vec());
    }
    let wanted: Vec<Vec<u8>> = {
        let mut random = fastrand::Rng::with_seed(3);
        (0..looks)
            .map(|_| key(random.u64(0..ENTRIES), 16))
            .collect()
    };
    #[expect(clippy::cast_precision_loss, reason = "a million")]
    let work = looks as f64 / 1e6;
    let slice = |started: Instant| Slice {
        work,
        operations: looks,
        time: started.elapsed(),
        samples: Samples::default(),
    };
    let mut turns = [
        Turn {
            name: "BTreeMap<Vec<u8>, Vec<u8>>",
            kind: Kind::Raw,
            remark: "the standard library's, which cannot be frozen",
            run: Box::new(|| {
                let started = Instant::now();
                for key in &wanted {
                    black_box(
                        tree.get(key.as_slice())
                            .ok_or("it is not there")?
                            .as_slice(),
                    );
                }
                Ok(slice(started))
            }),
        },
        Turn {
            name: ours::COMMITTER.name,
            kind: Kind::Ours,
            remark: "Kv::get",
            run: Box::new(|| {
                let started = Instant::now();
                for key in &wanted {
                    black_box(kv.get(key).ok_or("it is not there")?);
                }
                Ok(slice(started))
            }),
        },
    ];
    let rows = contest(BENCH, "million/s", setting.effort, &mut turns)?;
    let mut found = Found {
        rows,
        goals: vec![],
    };
    let measured = 1.0 / found.ours_by("BTreeMap<Vec<u8>, Vec<u8>>");
    found
        .goals
        .push(Goal::at_most(BENCH, "time by BTreeMap's", 1.5, measured));
    Ok(found)
}
