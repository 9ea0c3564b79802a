//! Data that cannot be compressed by any layer.

use std::sync::OnceLock;

const POOL_LEN: usize = 128 << 20;
static POOL: OnceLock<Vec<u8>> = OnceLock::new();

/// `len` random bytes, at most 64 MiB. Another `turn` gives other bytes.
#[must_use]
pub fn random(len: usize, turn: u64) -> &'static [u8] {
    let pool = POOL.get_or_init(|| {
        let mut pool = vec![0; POOL_LEN];
        fastrand::Rng::with_seed(7).fill(&mut pool);
        pool
    });
    let room = POOL_LEN.saturating_sub(len).max(1);
    // A stride that is prime to `room`, so that the starts do not repeat soon.
    let start = usize::try_from(turn.wrapping_mul(1_000_003)).unwrap_or(0) % room;
    pool.get(start..start + len).unwrap_or_default()
}

/// `LEN` random bytes, made at the call, as a program makes its values. [`random`] reads each value
/// from another page, which takes longer than to submit it. Another `turn` gives other bytes.
#[must_use]
pub fn fresh<const LEN: usize>(turn: u64) -> [u8; LEN] {
    let mut value = [0; LEN];
    fastrand::Rng::with_seed(turn).fill(&mut value);
    value
}

/// The key of a number: eight bytes that sort like the numbers.
#[must_use]
pub fn key(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}
