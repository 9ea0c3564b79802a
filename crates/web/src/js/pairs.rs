//! Keys and values as one array: for each pair the two lengths as `u32`, little-endian, then key
//! and value.
//!
//! It is how a [`Kv`](steadfast_core::Kv) encodes its pairs. An array crosses from Rust to
//! JavaScript, and from one tab to another, at the cost of one copy; an object for each pair would
//! cost a hundred times as much.

#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
use steadfast_core::{Codec, Kv, KvCodec, PersistenceError, Result};

/// The pairs, as many as fit into `limit`; no more behind the one that reaches `len` bytes.
pub(super) fn encode<'a>(
    pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    limit: usize,
    len: usize,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in pairs.take(limit) {
        push(&mut bytes, key, value);
        if bytes.len() >= len {
            break;
        }
    }
    bytes
}

/// Adds a pair.
pub(super) fn push(bytes: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    push_len(bytes, key);
    push_len(bytes, value);
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(value);
}

fn push_len(bytes: &mut Vec<u8>, of: &[u8]) {
    // Keys and values are limited to far less than 4 GiB.
    let len = u32::try_from(of.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&len.to_le_bytes());
}

/// The state of the pairs.
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
pub(super) fn decode(pairs: &[u8]) -> Result<Kv> {
    KvCodec::decode(pairs).map_err(|error| PersistenceError::Codec {
        action: "decode the pairs",
        reason: error.to_string(),
    })
}
