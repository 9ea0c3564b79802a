//! Changes that come in pieces: a batch that is longer than one commit can be.
//!
//! Each piece is the value of a pair, and durable like any other. They count when a later batch
//! [assembles](super::KvBatch::assemble) them, which is one short frame of the log: a crash leaves
//! pieces that nobody assembled, or all of the changes.

use std::ops::Bound;

use super::Map;
use super::blob::Blob;
use super::format::take_change;
use crate::format::ByteReader;

/// The pairs whose keys begin with `prefix`.
pub(super) fn under(map: &Map, prefix: &[u8]) -> Map {
    map.range::<_, [u8]>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(|(key, _)| key.as_slice().starts_with(prefix))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Removes the pieces under `prefix`, and makes their changes. What follows the last whole change
/// is passed over: a state has no way to refuse.
pub(super) fn assemble(map: &mut Map, prefix: &[u8]) {
    let mut pieces = under(map, prefix);
    for key in pieces.keys() {
        map.remove(key);
    }
    let mut rest = Vec::new();
    // A piece is let go of when its changes are made, so that the contents are in memory once.
    while let Some((key, piece)) = first(&pieces) {
        pieces.remove(&key);
        rest.extend_from_slice(piece.as_slice());
        let mut reader = ByteReader::new(&rest);
        let mut made = 0;
        while let Some(change) = take_change(&mut reader) {
            change.make(map);
            made = rest.len().saturating_sub(reader.remaining());
        }
        rest.drain(..made);
    }
}

fn first(pieces: &Map) -> Option<(Blob, Blob)> {
    let (key, piece) = pieces.get_min()?;
    Some((key.clone(), piece.clone()))
}
