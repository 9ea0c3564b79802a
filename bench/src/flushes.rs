//! How many flushes this process has asked for.

use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Counts one flush: a call of `fsync`, `fdatasync` or `msync`, or a write to a file opened with
/// `O_DSYNC`, which is a write and a flush in one.
pub fn note() {
    COUNT.fetch_add(1, Ordering::Relaxed);
}

/// The flushes so far.
#[must_use]
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}
