//! The results of a benchmark.

use crate::entrant::Kind;

/// One entrant in one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The benchmark's name.
    pub bench: String,
    /// The entrant's name.
    pub entrant: String,
    /// Whether it is raw, ours or a peer.
    pub kind: Kind,
    /// The median of its rounds, in `unit`.
    pub rate: f64,
    /// `commits/s`, `MB/s`, …
    pub unit: String,
    /// Half of its operations took at most this long, in microseconds.
    pub p50_us: Option<f64>,
    /// 99 of 100 operations took at most this long, in microseconds.
    pub p99_us: Option<f64>,
    /// Flushes for each operation.
    pub flushes: Option<f64>,
    /// The median of the rounds' ratios of steadfast's rate to this one's.
    pub ours_by_it: f64,
    /// How it was made durable, or what it may lose.
    pub remark: String,
}

/// One line of the table of goals.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// The benchmark's name.
    pub bench: String,
    /// What is asked for, in words.
    pub what: String,
    /// The bound.
    pub target: f64,
    /// Whether more is better.
    pub at_least: bool,
    /// What was measured.
    pub measured: f64,
}

impl Goal {
    /// A goal that asks for at least this much.
    #[must_use]
    pub fn at_least(bench: &str, what: impl Into<String>, target: f64, measured: f64) -> Self {
        Self {
            bench: bench.into(),
            what: what.into(),
            target,
            at_least: true,
            measured,
        }
    }

    /// A goal that asks for at most this much.
    #[must_use]
    pub fn at_most(bench: &str, what: impl Into<String>, target: f64, measured: f64) -> Self {
        Self {
            at_least: false,
            ..Self::at_least(bench, what, target, measured)
        }
    }

    /// Whether the goal is reached.
    #[must_use]
    pub fn is_met(&self) -> bool {
        if self.at_least {
            self.measured >= self.target
        } else {
            self.measured <= self.target
        }
    }

    /// How far the goal is reached: 1 is reached, more is better than asked for.
    #[must_use]
    pub fn reached(&self) -> f64 {
        if self.at_least {
            self.measured / self.target
        } else {
            self.target / self.measured.max(1e-9)
        }
    }
}

/// What a benchmark returns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// A row for each entrant.
    pub rows: Vec<Row>,
    /// The goals of the benchmark.
    pub goals: Vec<Goal>,
}

impl Found {
    /// The median ratio of steadfast to the entrant of this name; 0 if it did not take part.
    #[must_use]
    pub fn ours_by(&self, entrant: &str) -> f64 {
        let row = self.rows.iter().find(|row| row.entrant == entrant);
        row.map_or(0.0, |row| row.ours_by_it)
    }

    /// The ratio to the best entrant of a kind, and its name.
    #[must_use]
    pub fn ours_by_best(&self, kind: Kind) -> Option<(&str, f64)> {
        let rows = self.rows.iter().filter(|row| row.kind == kind);
        rows.max_by(|a, b| a.rate.total_cmp(&b.rate))
            .map(|row| (row.entrant.as_str(), row.ours_by_it))
    }
}
