//! Small durable commits from one thread or many.

use super::Setting;
use crate::contest::{Turn, contest, repeat_in_threads};
use crate::entrant::{Committer, Entrant, Kind};
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::{Result, data, ours, raw};

/// The length of a value: with eight bytes of key it makes 100.
const VALUE_LEN: usize = 92;

/// Keys are written repeatedly, so that the state of every entrant stays small.
const KEYS: u64 = 10_000;

pub(super) fn run(setting: &Setting<'_>, bench: &str, threads: u64) -> Result<Found> {
    let place = Place::new(setting.root, bench)?;
    let raw: &[Entrant<dyn Committer>] = if threads == 1 {
        &raw::COMMITTERS
    } else {
        &raw::GROUPS
    };
    let entrants = raw.iter().chain([&ours::COMMITTER]);
    let mut open = Vec::new();
    for (number, entrant) in entrants.chain(&setting.peers.committers).enumerate() {
        let folder = place.folder(&number.to_string())?;
        let committer =
            (entrant.open)(&folder).map_err(|error| format!("{}: {error}", entrant.name))?;
        open.push((entrant, committer));
    }
    let time = setting.effort.slice;
    let mut turns: Vec<_> = open
        .iter()
        .map(|(entrant, committer)| {
            // SQLite writes nothing if a row has its value already, so no value may come twice.
            let mut slices = 0_u64;
            Turn {
                name: entrant.name,
                kind: entrant.kind,
                remark: entrant.remark,
                run: Box::new(move || {
                    slices += 1;
                    let first = slices << 32;
                    repeat_in_threads(threads, time, |thread, turn| {
                        let number = first + turn * threads + thread;
                        let value = data::random(VALUE_LEN, number);
                        // Spread over the keys, so that commits close in time are not neighbours in
                        // the tree.
                        let key = data::key(number.wrapping_mul(7919) % KEYS);
                        committer.commit(&key, value)
                    })
                }),
            }
        })
        .collect();
    let rows = contest(bench, "commits/s", setting.effort, &mut turns)?;
    let mut found = Found {
        rows,
        goals: Vec::new(),
    };
    found.goals = goals(&found, bench, threads);
    Ok(found)
}

fn goals(found: &Found, bench: &str, threads: u64) -> Vec<Goal> {
    let mut goals = Vec::new();
    if threads == 1 {
        if let Some((name, ratio)) = found.ours_by_best(Kind::Raw) {
            goals.push(Goal::at_least(
                bench,
                format!("rate by the fastest raw way ({name})"),
                0.95,
                ratio,
            ));
            let p99 = |name: &str| {
                let row = found.rows.iter().find(|row| row.entrant == name);
                row.and_then(|row| row.p99_us).unwrap_or(f64::NAN)
            };
            let measured = p99(ours::COMMITTER.name) / p99(name);
            goals.push(Goal::at_most(
                bench,
                "p99 by that of the same",
                1.3,
                measured,
            ));
        }
        if let Some((name, ratio)) = found.ours_by_best(Kind::Peer) {
            let what = format!("rate by the best peer's ({name})");
            goals.push(Goal::at_least(bench, what, 1.0, ratio));
        }
    } else if found.rows.iter().any(|row| row.entrant == "okaywal") {
        let target = if threads == 8 { 2.0 } else { 3.0 };
        let measured = found.ours_by("okaywal");
        goals.push(Goal::at_least(bench, "rate by okaywal's", target, measured));
    }
    goals
}
