//! Waiting for a store that another program has open.
//!
//! A writer that stays for milliseconds is no reason to fail: whoever finds the lock taken looks
//! again, after pauses that grow, until a limit. The lock itself has no queue. The pauses are
//! random, so that programs that started together do not meet again and again, and short, so that
//! the one that waited longest is not always late.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::thread;
use std::time::{Duration, Instant};

use steadfast_core::{PersistenceError, Result};

/// The first pause: less than a short commit takes.
const PAUSE_MIN: Duration = Duration::from_millis(1);

/// The longest pause: what a person does not notice, and the system hardly.
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// Calls `open` again and again while it answers [`Locked`](PersistenceError::Locked), for
/// `timeout` at the most; at least once. Every other answer is returned at once.
///
/// [`Options::lock_timeout`](super::Options::lock_timeout) does the same for a store in files. An
/// asynchronous program does it on the thread pool that opens its files:
///
/// ```
/// use std::time::Duration;
/// use steadfast::{FileBackend, Threaded, blocking::retry_while_locked};
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("store");
/// # pollster::block_on(async {
/// let open = move || retry_while_locked(Duration::from_secs(5), || FileBackend::open(&path));
/// let backend = Threaded::open(open).await?;
/// # Ok::<(), steadfast::PersistenceError>(()) }).unwrap();
/// ```
///
/// # Errors
/// What `open` says. [`Locked`](PersistenceError::Locked) tells how long was waited.
pub fn retry_while_locked<T>(timeout: Duration, mut open: impl FnMut() -> Result<T>) -> Result<T> {
    if timeout.is_zero() {
        return open();
    }
    let began = Instant::now();
    let mut pause = PAUSE_MIN;
    loop {
        let (place, holder) = match open() {
            Err(PersistenceError::Locked { place, holder, .. }) => (place, holder),
            other => return other,
        };
        let waited = began.elapsed();
        let left = timeout.saturating_sub(waited);
        if left.is_zero() {
            return Err(PersistenceError::Locked {
                place,
                holder,
                waited,
            });
        }
        thread::sleep(randomised(pause).min(left));
        pause = pause.saturating_mul(2).min(PAUSE_MAX);
    }
}

/// Between half of `pause` and all of it.
fn randomised(pause: Duration) -> Duration {
    // Each state has keys of its own, so an empty hash is a random number.
    let random = RandomState::new().build_hasher().finish() % 1024;
    let share = u32::try_from(random).unwrap_or(0);
    let half = pause / 2;
    half.saturating_add(half.saturating_mul(share) / 1024)
}
