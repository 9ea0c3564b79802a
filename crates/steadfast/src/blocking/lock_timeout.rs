//! Waiting for a store that another program has open.
//!
//! A writer that holds the lock for milliseconds is no reason to fail. So a caller that finds the
//! lock taken tries again, after pauses that grow, until a limit. The lock itself has no queue. The
//! pauses are random, so that programs that started together do not collide again and again. They
//! are short, so that the caller that waited longest is not always late.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::thread;
use std::time::{Duration, Instant};

use steadfast_core::{PersistenceError, Result};

/// The first pause: shorter than a short commit.
const PAUSE_MIN: Duration = Duration::from_millis(1);

/// The longest pause: a person does not notice it, and it costs the system little.
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// Calls `open` again and again while it fails with [`Locked`](PersistenceError::Locked), for at
/// most `timeout`, and at least once. Every other result is returned at once.
///
/// [`Options::lock_timeout`](super::Options::lock_timeout) does the same for a store in files. An
/// asynchronous program calls it on the thread pool that opens its files:
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
/// The error of `open`. [`Locked`](PersistenceError::Locked) states how long the caller waited.
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

/// A random duration between half of `pause` and all of it.
fn randomised(pause: Duration) -> Duration {
    // Each `RandomState` has keys of its own, so the hash of nothing is a random number.
    let random = RandomState::new().build_hasher().finish() % 1024;
    let share = u32::try_from(random).unwrap_or(0);
    let half = pause / 2;
    half.saturating_add(half.saturating_mul(share) / 1024)
}
