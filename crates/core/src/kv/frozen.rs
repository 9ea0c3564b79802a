//! A frozen map, given out in pieces of whole pairs and read back.

use std::ops::Bound;

use super::blob::Blob;
use super::format::{put_pair, take_pairs};
use super::{Kv, Map};
use crate::codec::CodecError;
use crate::state::{Frozen, Thaw};

/// A piece is given out when it is at least this long.
const PIECE_LEN: usize = 1 << 20;

/// A copy of the map's root, and the last key that was given out.
pub(super) struct FrozenKv {
    map: Map,
    after: Option<Blob>,
}

impl FrozenKv {
    pub(super) fn new(map: Map) -> Self {
        Self { map, after: None }
    }
}

impl Frozen for FrozenKv {
    fn next_piece(&mut self, piece: &mut Vec<u8>) -> Result<bool, CodecError> {
        let from = self
            .after
            .as_ref()
            .map_or(Bound::Unbounded, |key| Bound::Excluded(key.as_slice()));
        let mut last = None;
        for (key, value) in self.map.range::<_, [u8]>((from, Bound::Unbounded)) {
            put_pair(piece, key.as_slice(), value.as_slice())?;
            last = Some(key);
            if piece.len() >= PIECE_LEN {
                break;
            }
        }
        let more = last.is_some();
        if let Some(last) = last.cloned() {
            self.after = Some(last);
        }
        Ok(more)
    }
}

/// A map being read back.
#[derive(Default)]
pub(super) struct ThawingKv {
    map: Map,
}

impl Thaw<Kv> for ThawingKv {
    fn piece(&mut self, piece: &[u8]) -> Result<(), CodecError> {
        take_pairs(piece, &mut self.map)
    }

    fn finish(self: Box<Self>) -> Result<Kv, CodecError> {
        Ok(Kv { map: self.map })
    }
}
