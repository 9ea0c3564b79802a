//! The one history that is written to every store of the workloads, and every version of a file.
//!
//! Commit `n` is a batch that writes `n` and changes one or two other keys. So a state tells how
//! many commits are in it, and half a batch or a hole in the history is noticed. Contents are
//! pseudo-random: nothing compresses, and no two pages are alike.

use steadfast::{Kv, KvBatch, State};

/// How many keys the history writes to, again and again.
const SLOTS: u64 = 13;

/// The key that holds the number of commits.
const COUNT: &[u8] = b"count";

/// How long a saved file is, in bytes: several pages, of which the last is not full.
const VERSION_LEN: usize = 20_000;

/// Commit number `n`, counted from 1.
pub(crate) fn operation(n: u64) -> steadfast::Result<KvBatch> {
    let mut batch = KvBatch::new();
    batch.put(format!("slot-{}", n % SLOTS), noise(n, value_len(n)))?;
    if n % 5 == 4 {
        batch.delete(format!("slot-{}", n.saturating_mul(3) % SLOTS))?;
    }
    batch.put(COUNT, n.to_string())?;
    Ok(batch)
}

/// The length of a value: mostly less than a sector, sometimes several pages.
fn value_len(n: u64) -> usize {
    match n {
        n if n % 11 == 3 => 30_000,
        n if n % 7 == 5 => 5_000,
        n if n % 3 == 0 => 400,
        _ => 60,
    }
}

/// The state after the first `count` commits.
pub(crate) fn prefix(count: u64) -> steadfast::Result<Kv> {
    let mut state = Kv::default();
    for n in 1..=count {
        state.apply(operation(n)?);
    }
    Ok(state)
}

/// How many commits are in the state.
///
/// # Errors
/// What is wrong with a state that is not a prefix of the history.
pub(crate) fn count_in(state: &Kv) -> Result<u64, String> {
    let count = state
        .get(COUNT)
        .map_or(Some(0), |text| std::str::from_utf8(text).ok()?.parse().ok());
    let count: u64 = count.ok_or("the count of commits is not a number")?;
    match prefix(count) {
        Ok(expected) if expected == *state => Ok(count),
        _ => Err(format!(
            "the state says {count} commits, but is not what they make"
        )),
    }
}

/// Version `n` of the file `unit`. No part of it is in any other version.
pub(crate) fn version(unit: u32, n: u64) -> Vec<u8> {
    let mut bytes = noise(n.wrapping_shl(32) ^ u64::from(unit), VERSION_LEN);
    for (target, byte) in bytes.iter_mut().zip(n.to_le_bytes()) {
        *target = byte;
    }
    bytes
}

/// Which version of the file `unit` the bytes are.
///
/// # Errors
/// What is wrong with bytes that are no version.
pub(crate) fn version_of(unit: u32, bytes: &[u8]) -> Result<u64, String> {
    let n = bytes.first_chunk().map(|n| u64::from_le_bytes(*n));
    n.filter(|n| version(unit, *n) == bytes).ok_or_else(|| {
        let len = bytes.len();
        format!("{len} bytes are there that are no version of the file")
    })
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    fastrand::Rng::with_seed(seed).fill(&mut bytes);
    bytes
}
