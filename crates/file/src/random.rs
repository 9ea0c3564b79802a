//! Numbers that nobody else has.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A random number from the operating system.
///
/// Where the system has none to give (a sandbox without the call), it is made of the keys of the
/// standard library's hash tables, the process and a counter. Uniqueness is needed here, not
/// secrecy.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        hasher.write_u64(COUNTER.fetch_add(1, Ordering::Relaxed));
        hasher.finish()
    })
}
