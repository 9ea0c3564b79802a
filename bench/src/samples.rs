//! How long each operation took.

use std::time::Duration;

/// Times of single operations, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<u64>);

impl Samples {
    /// Adds a time.
    pub fn push(&mut self, time: Duration) {
        self.0
            .push(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Adds all times of another.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The time that `part` of all operations took at most, in microseconds; `None` without
    /// samples.
    #[must_use]
    pub fn percentile_us(&self, part: f64) -> Option<f64> {
        let mut sorted = self.0.clone();
        if sorted.is_empty() {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index below the length"
        )]
        let index = (((sorted.len() - 1) as f64) * part).round() as usize;
        let (_, found, _) = sorted.select_nth_unstable(index);
        #[expect(clippy::cast_precision_loss, reason = "hours fit")]
        let us = *found as f64 / 1000.0;
        Some(us)
    }
}

/// The median of some figures; 0 if there are none.
#[must_use]
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (None, _) => 0.0,
        (Some(upper), 1) => *upper,
        (Some(upper), _) => (upper + sorted.get(middle - 1).unwrap_or(upper)) / 2.0,
    }
}
