//! Plans the next writer. The seed decides; the machine's speed only scales the delays.

use std::time::Duration;

use super::ledger::Ledger;
use super::up_to;

/// What a writer does, and how it ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Killed so long after its start, while it opens the store.
    Opening { after: Duration },
    /// Given `records` in commits of `batch`; killed this long after it has acknowledged `acks`.
    Saving {
        records: u64,
        batch: u64,
        acks: u64,
        after: Duration,
    },
    /// Killed so long after its start, while it opens the store or saves a snapshot.
    Snapshot { after: Duration },
    /// Given the rest, and not killed.
    Finish,
}

impl Plan {
    /// The number of records in a commit.
    pub(super) const fn batch(&self) -> u64 {
        match self {
            Self::Saving { batch, .. } => *batch,
            Self::Opening { .. } | Self::Snapshot { .. } | Self::Finish => 1,
        }
    }
}

/// Commits are small, so that there are many moments to hit.
const BATCH_MAX: u64 = 8;

/// How long a commit is assumed to take, until a writer has shown it.
const COMMIT_TAKES_FIRST: Duration = Duration::from_micros(300);

/// How long a writer is assumed to take until it is ready, before one has shown it.
const READY_AFTER_FIRST: Duration = Duration::from_millis(30);

/// How many of the first kills hit the creation of the store.
const CREATION_KILLS: u64 = 4;

/// Decides what happens to each writer.
pub(super) struct Planner {
    random: fastrand::Rng,
    kills: u64,
    kills_left: u64,
    ready_after: Duration,
    commit_takes: Duration,
}

impl Planner {
    pub(super) fn new(seed: u64, kills: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            kills,
            kills_left: kills,
            ready_after: READY_AFTER_FIRST,
            commit_takes: COMMIT_TAKES_FIRST,
        }
    }

    pub(super) const fn kills_left(&self) -> u64 {
        self.kills_left
    }

    /// After so many lives, only writers begin that cannot end by themselves.
    pub(super) const fn attempts_max(&self) -> u64 {
        self.kills.saturating_mul(2)
    }

    pub(super) const fn killed(&mut self) {
        self.kills_left = self.kills_left.saturating_sub(1);
    }

    /// A writer took this long from its start to its first acknowledgement.
    pub(super) fn writer_is_ready_after(&mut self, ready: Duration) {
        self.ready_after = ready;
    }

    /// A writer took this long for so many commits.
    pub(super) fn writer_saves(&mut self, took: Duration, commits: u64) {
        if let Ok(commits @ 1..) = u32::try_from(commits) {
            self.commit_takes = took / commits;
        }
    }

    pub(super) fn next(&mut self, ledger: &Ledger, may_finish: bool) -> Plan {
        let is_creation = self.kills.saturating_sub(self.kills_left) < CREATION_KILLS;
        let is_new = ledger.survived() == 0;
        let rest = ledger.rest().len() as u64;
        let dice = self.random.u64(..10);
        if (is_creation && is_new && self.kills > CREATION_KILLS) || rest == 0 || dice == 0 {
            Plan::Opening {
                after: up_to(&mut self.random, self.ready_after),
            }
        } else if dice < 3 && may_finish && !is_new {
            let earliest = self.ready_after.mul_f64(0.3);
            Plan::Snapshot {
                after: earliest + up_to(&mut self.random, self.ready_after),
            }
        } else {
            self.saving(rest)
        }
    }

    /// Plans a share of the remaining records, so that something is left to save for every kill to
    /// come. Whole commits only: a writer does not acknowledge a commit that waits for more
    /// records.
    fn saving(&mut self, rest: u64) -> Plan {
        let share = ((rest / self.kills_left.max(1)).saturating_mul(3) / 2).min(rest);
        let batch = self.random.u64(1..=BATCH_MAX.min(rest.max(1)));
        let commits = (self.random.u64(..=share) / batch).max(1);
        let acked_commits = self.random.u64(..commits);
        // The kill falls into the commits that are still in progress then.
        let under_way = u32::try_from(commits.saturating_sub(acked_commits)).unwrap_or(u32::MAX);
        let hesitation_max = self.commit_takes.saturating_mul(under_way);
        Plan::Saving {
            records: commits.saturating_mul(batch),
            batch,
            acks: acked_commits.saturating_mul(batch),
            after: up_to(&mut self.random, hesitation_max),
        }
    }
}
