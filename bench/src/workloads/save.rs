//! Whole values replaced atomically.

use super::Setting;
use crate::contest::{Turn, contest, repeat};
use crate::place::Place;
use crate::row::{Found, Goal};
use crate::{Result, data, ours, raw};

pub(super) fn run(setting: &Setting<'_>, bench: &str, len: usize) -> Result<Found> {
    let place = Place::new(setting.root, bench)?;
    let entrants = [&raw::SAVER, &ours::SAVER].into_iter();
    let mut open = Vec::new();
    for (number, entrant) in entrants.chain(&setting.peers.savers).enumerate() {
        let folder = place.folder(&number.to_string())?;
        let saver =
            (entrant.open)(&folder).map_err(|error| format!("{}: {error}", entrant.name))?;
        open.push((entrant, saver));
    }
    let time = setting.effort.slice;
    let large = len > 64 << 10;
    let counter = &std::cell::Cell::new(0);
    let mut turns: Vec<_> = open
        .iter_mut()
        .map(|(entrant, saver)| Turn {
            name: entrant.name,
            kind: entrant.kind,
            remark: entrant.remark,
            run: Box::new(move || {
                repeat(time, || {
                    counter.set(counter.get() + 1);
                    saver.save(data::random(len, counter.get()))?;
                    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
                    let megabytes = len as f64 / 1e6;
                    Ok(if large { megabytes } else { 1.0 })
                })
            }),
        })
        .collect();
    let unit = if large { "MB/s" } else { "saves/s" };
    let rows = contest(bench, unit, setting.effort, &mut turns)?;
    let mut found = Found {
        rows,
        goals: Vec::new(),
    };
    let measured = found.ours_by(raw::SAVER.name);
    let mut goals = vec![Goal::at_least(
        bench,
        "rate by the raw protocol's",
        0.97,
        measured,
    )];
    if !setting.peers.savers.is_empty() {
        let measured = found.ours_by("atomic-write-file");
        let what = "rate by atomic-write-file's";
        goals.push(Goal::at_least(bench, what, 1.0, measured));
    }
    found.goals = goals;
    Ok(found)
}
