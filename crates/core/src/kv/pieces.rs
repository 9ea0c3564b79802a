//! Changes in pieces: a batch that is longer than one commit can be.
//!
//! Each piece is the value of a pair, and durable like any other value. The changes take effect
//! when a later batch [assembles](super::KvBatch::assemble) them. That batch is one short frame of
//! the log. So a crash leaves unassembled pieces or all of the changes.

use std::ops::Bound;

use super::blob::Blob;
use super::format::take_change;
use super::{Change, Map};
use crate::format::ByteReader;

/// The pairs whose keys begin with `prefix`.
pub(super) fn under(map: &Map, prefix: &[u8]) -> Map {
    map.range::<_, [u8]>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(|(key, _)| key.as_slice().starts_with(prefix))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Whether the pieces under `prefix` are a sequence of whole changes.
pub(super) fn are_whole(map: &Map, prefix: &[u8]) -> bool {
    walk(under(map, prefix), &mut drop)
}

/// Removes the pieces under `prefix` and makes their changes. The pieces must be
/// [whole](are_whole).
pub(super) fn assemble(map: &mut Map, prefix: &[u8]) {
    let pieces = under(map, prefix);
    for key in pieces.keys() {
        map.remove(key);
    }
    walk(pieces, &mut |change| change.make(map));
}

/// Passes the changes in the pieces to `give`. Returns whether nothing is left behind the last
/// change. A piece is freed as soon as its changes were passed on.
fn walk(mut pieces: Map, give: &mut dyn FnMut(Change)) -> bool {
    let mut rest = Vec::new();
    while let Some((key, piece)) = first(&pieces) {
        pieces.remove(&key);
        rest.extend_from_slice(piece.as_slice());
        let mut reader = ByteReader::new(&rest);
        let mut given = 0;
        while let Some(change) = take_change(&mut reader) {
            give(change);
            given = rest.len().saturating_sub(reader.remaining());
        }
        rest.drain(..given);
    }
    rest.is_empty()
}

fn first(pieces: &Map) -> Option<(Blob, Blob)> {
    let (key, piece) = pieces.get_min()?;
    Some((key.clone(), piece.clone()))
}
