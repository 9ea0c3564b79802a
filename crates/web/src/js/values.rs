//! What the package keeps beside the user's pairs: its own keys, and the marker of its values.
//!
//! The package tags each value with one byte (docs/format.md, "Values of the npm package"). Other
//! programs do not, so a store with the package's values says so: it has the key [`MARKER`]. The
//! first commit writes it, and every backup has it.

use steadfast_core::{Kv, KvBatch, Result, Store};

use super::home::Home;
use super::live::Live;

/// Keys that begin with this are the package's own: users neither see nor write them.
pub(super) const RESERVED: &[u8] = b"\0steadfast/";
/// The key that says that values are tagged.
const MARKER: &[u8] = b"\0steadfast/values";
/// Which tags there are.
const VERSION: &[u8] = b"1";

/// Adds the marker to a batch.
pub(super) fn mark(batch: &mut KvBatch) -> Result<()> {
    batch.put(MARKER, VERSION)
}

/// Adds the marker to a batch for a store that has none yet. Otherwise what `rescue` reads would
/// be taken for another program's.
pub(super) fn mark_first(batch: &mut KvBatch, store: &Store<Live, Home>) -> Result<()> {
    if store.read(|live| is_tagged(&live.kv))? {
        return Ok(());
    }
    mark(batch)
}

/// Whether the values are the package's.
pub(super) fn is_tagged(kv: &Kv) -> bool {
    kv.contains_key(MARKER)
}

/// How many pairs the user has.
pub(super) fn count(kv: &Kv) -> usize {
    kv.len().saturating_sub(kv.scan(RESERVED).count())
}
