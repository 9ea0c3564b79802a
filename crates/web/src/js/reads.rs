//! What a transaction has read, and whether it would read the same now.
//!
//! ```text
//! a list of:  0  1  what: 1 the value of a key, 2 all pairs under a prefix
//!             1  4  length n, little-endian
//!                n  the key or the prefix
//! ```
//! The transaction read from a [`Kv`] that did not change meanwhile. It may commit if everything it
//! read is the same after all earlier commits: then it might as well have run at this moment.
//! Values are compared, not versions. So nothing has to be kept for a transaction, and a value that
//! was changed and changed back is no conflict.

use steadfast_core::{Kv, PersistenceError, Result};

const KEY: u8 = 1;
const PREFIX: u8 = 2;

enum Read {
    Key(Vec<u8>),
    Prefix(Vec<u8>),
}

/// Everything that a transaction has read.
pub(super) struct Reads(Vec<Read>);

impl Reads {
    /// Decodes the list.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reads = Vec::new();
        let mut rest = bytes;
        while let Some((what, tail)) = rest.split_first() {
            let (len, tail) = tail.split_first_chunk::<4>().ok_or_else(malformed)?;
            let len = usize::try_from(u32::from_le_bytes(*len)).map_err(|_| malformed())?;
            let (name, tail) = tail.split_at_checked(len).ok_or_else(malformed)?;
            reads.push(match *what {
                KEY => Read::Key(name.to_vec()),
                PREFIX => Read::Prefix(name.to_vec()),
                _ => return Err(malformed()),
            });
            rest = tail;
        }
        Ok(Self(reads))
    }

    /// Whether all of it is the same in both states.
    pub(super) fn are_the_same(&self, then: &Kv, now: &Kv) -> bool {
        self.0.iter().all(|read| match read {
            Read::Key(key) => then.get(key) == now.get(key),
            Read::Prefix(prefix) => then.scan(prefix).eq(now.scan(prefix)),
        })
    }
}

fn malformed() -> PersistenceError {
    PersistenceError::Codec {
        action: "decode what the transaction has read",
        reason: "it is not a list of keys and prefixes".into(),
    }
}
