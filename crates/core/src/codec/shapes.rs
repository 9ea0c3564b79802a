//! The kinds of parts that were read back successfully before.
//!
//! A part is what a type asks its serializer for at one place: a variant, a struct, an empty
//! option, an integer. A type has few kinds of parts, whatever its values. If every part of a value
//! was read back before, the value can be read back too, because derived serde reads each part by
//! itself.
//!
//! The set is a table of numbers with a fixed size, read and written without a lock: a commit looks
//! up a handful. If the table is full, a part is not remembered, and its values are decoded every
//! time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// More than any type that people write has parts.
const LEN: usize = 1024;

/// How many slots a part may be stored in.
const TRIES: usize = 16;

/// The kinds of parts of an operation that a store has read back successfully; see
/// [`Codec::encode_checked`](super::Codec::encode_checked).
/// [`Codec::encode_checked`](super::Codec::encode_checked).
#[derive(Debug, Default)]
pub struct Shapes {
    /// Made at the first use: the codec of a [`Kv`](crate::Kv) never needs it. Zero is a free slot.
    table: OnceLock<Box<[AtomicU64]>>,
}

impl Shapes {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            table: OnceLock::new(),
        }
    }

    fn places(&self, part: u64) -> impl Iterator<Item = &AtomicU64> {
        let table = self
            .table
            .get_or_init(|| (0..LEN).map(|_| AtomicU64::new(0)).collect());
        let start = usize::try_from(part % LEN as u64).unwrap_or(0);
        let behind = table.get(start..).unwrap_or_default();
        let before = table.get(..start).unwrap_or_default();
        behind.iter().chain(before).take(TRIES)
    }

    #[inline]
    pub(super) fn contains(&self, part: u64) -> bool {
        // The numbers are independent, so no memory order is needed.
        let values = self.places(part).map(|place| place.load(Ordering::Relaxed));
        values
            .take_while(|value| *value != 0)
            .any(|value| value == part)
    }

    pub(super) fn remember(&self, part: u64) {
        for place in self.places(part) {
            match place.compare_exchange(0, part, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(taken) if taken == part => return,
                Err(_) => {}
            }
        }
    }
}
