//! What is said at the end.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::plan::Plan;
use super::site::Found;
use crate::failure::Failure;
use crate::output::{Facts, Tone};
use crate::{output, text};

const MEANING: &str = "
So a writer that is killed at any moment, also while it creates its store or
saves a snapshot, loses nothing that it acknowledged and leaves no half of
anything. This is no proof for power cuts: after a kill the system still writes
out what the writer had handed to it. The crash tests of the project are.
";

/// Counted along the way.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) records: u64,
    pub(super) acknowledged: u64,
    pub(super) survived: u64,
    pub(super) lost: u64,
    pub(super) unsaid: u64,
    pub(super) halves: u64,
    /// Names of unfinished files that were found after a kill.
    pub(super) sweepings: BTreeSet<String>,
    pub(super) time: Duration,
    opening: u64,
    saving: u64,
    snapshotting: u64,
    /// Last commits of snapshots that were found.
    snapshots: BTreeSet<u64>,
    /// Segments and offsets of the torn tails that were found.
    torn: BTreeSet<(String, u64)>,
}

impl Report {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    pub(super) const fn kills(&self) -> u64 {
        self.opening + self.saving + self.snapshotting
    }

    pub(super) const fn killed(&mut self, plan: &Plan) {
        match plan {
            Plan::Opening { .. } => self.opening += 1,
            Plan::Saving { .. } | Plan::Finish => self.saving += 1,
            Plan::Snapshot { .. } => self.snapshotting += 1,
        }
    }

    pub(super) fn note(&mut self, found: &Found) {
        self.snapshots.extend(&found.snapshots);
        if let Some(torn) = &found.torn {
            self.torn.insert((torn.key.to_string(), torn.offset));
        }
    }

    pub(super) fn tell(&self, json: bool) -> Result<(), Failure> {
        if json {
            return output::json(&json!({
                "seed": self.seed,
                "kills": self.kills(),
                "kills_opening": self.opening,
                "kills_saving": self.saving,
                "kills_snapshot": self.snapshotting,
                "records": self.records,
                "acknowledged": self.acknowledged,
                "survived": self.survived,
                "lost": self.lost,
                "saved_before_acknowledged": self.unsaid,
                "half_saved_commits": self.halves,
                "torn_tails": self.torn.len(),
                "unfinished_files": self.sweepings.len(),
                "snapshots": self.snapshots.len(),
                "seconds": self.time.as_secs_f64(),
            }));
        }
        let mut rendered = self.facts().render();
        if self.lost == 0 && self.halves == 0 && self.survived == self.records {
            rendered.push(MEANING);
        }
        output::lines(rendered)
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        facts.add(
            "writers killed",
            format!(
                "{}  ({} saving, {} opening the store, {} taking a snapshot)",
                text::number(self.kills()),
                text::number(self.saving),
                text::number(self.opening),
                text::number(self.snapshotting),
            ),
        );
        facts.add("acknowledged", text::count(self.acknowledged, "record"));
        let tone = |bad: u64| if bad == 0 { Tone::Good } else { Tone::Bad };
        facts.mark(tone(self.lost), "of these lost", text::number(self.lost));
        facts.mark(
            tone(self.halves),
            "partial commits",
            text::number(self.halves),
        );
        facts.add(
            "saved, not acknowledged",
            format!(
                "{}, killed after the save and before its acknowledgement",
                text::count(self.unsaid, "record")
            ),
        );
        facts.mark(
            tone(self.records.saturating_sub(self.survived)),
            "in the store now",
            format!(
                "{} of {}, each compared byte by byte",
                text::number(self.survived),
                text::count(self.records, "record")
            ),
        );
        facts.add(
            "cleaned up",
            format!(
                "{}, {}",
                text::count(self.torn.len() as u64, "torn tail"),
                text::count(self.sweepings.len() as u64, "unfinished file"),
            ),
        );
        facts.add("snapshots", text::number(self.snapshots.len() as u64));
        facts.add("time", text::seconds(self.time));
        facts
    }
}
