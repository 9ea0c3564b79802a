//! Ten thousand tasks of an asynchronous program, each of which commits and waits.

use std::time::Instant;

use steadfast::blocking::Options;
use steadfast::{FileBackend, Kv, Store, StoreOptions, Threaded};

use super::Setting;
use crate::contest::{Slice, Turn, contest, repeat_in_threads};
use crate::entrant::Kind;
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::samples::Samples;
use crate::{Result, data, ours};

const BENCH: &str = "tasks";
const TASKS: u64 = 10_000;
const VALUE_LEN: usize = 92;
const KEYS: u64 = 10_000;

fn put(number: u64) -> Result<steadfast::KvBatch> {
    let value = data::random(VALUE_LEN, number);
    Ok(Kv::put(data::key(number.wrapping_mul(7919) % KEYS), value)?)
}

pub(super) fn run(setting: &Setting<'_>) -> Result<Found> {
    let each: u64 = if setting.effort.quick { 2 } else { 10 };
    let place = Place::new(setting.root, BENCH)?;
    let threads = ours::open(&place.folder("threads")?, Options::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let folder = place.folder("tasks")?.join("store");
    let tasks: Store<Kv, _> = runtime.block_on(async {
        let backend = Threaded::open(move || FileBackend::open(folder)).await?;
        Store::open(backend, StoreOptions::default()).await
    })?;
    let keeper = runtime.spawn(tasks.maintain());
    let time = setting.effort.slice;
    let mut turns = [
        Turn {
            name: "steadfast, 64 threads",
            kind: Kind::Raw,
            remark: "the figure to reach",
            run: Box::new(|| {
                repeat_in_threads(64, time, |thread, turn| {
                    threads.commit(put(turn * 64 + thread)?)?;
                    Ok(())
                })
            }),
        },
        Turn {
            name: "steadfast, 10,000 tasks",
            kind: Kind::Ours,
            remark: "Store over Threaded<FileBackend>, tokio on all cores",
            run: Box::new(|| {
                let started = Instant::now();
                let slice = runtime.block_on(async {
                    let mut handles = Vec::new();
                    for task in 0..TASKS {
                        let store = tasks.clone();
                        handles.push(tokio::spawn(async move {
                            let mut samples = Samples::default();
                            for turn in 0..each {
                                let started = Instant::now();
                                store.commit(put(turn * TASKS + task)?).await?;
                                samples.push(started.elapsed());
                            }
                            crate::Result::Ok(samples)
                        }));
                    }
                    let mut samples = Samples::default();
                    for handle in handles {
                        samples.append(handle.await??);
                    }
                    crate::Result::Ok(samples)
                })?;
                #[expect(clippy::cast_precision_loss, reason = "a few hundred thousand")]
                let work = (TASKS * each) as f64;
                Ok(Slice {
                    work,
                    operations: TASKS * each,
                    time: started.elapsed(),
                    samples: slice,
                })
            }),
        },
    ];
    let rows = contest(BENCH, "commits/s", setting.effort, &mut turns)?;
    drop(turns);
    keeper.abort();
    let mut found = Found {
        rows,
        goals: vec![],
    };
    let measured = found.ours_by("steadfast, 64 threads");
    found.goals.push(Goal::at_least(
        BENCH,
        "rate by that of 64 threads",
        1.0,
        measured,
    ));
    Ok(found)
}
