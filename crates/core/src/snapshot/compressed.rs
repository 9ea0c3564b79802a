//! Compressed pieces: each is an LZ4 block of its own.
//!
//! ```text
//!      0    4  length of the piece, at most 0x2000_0000
//!      4       the piece as an LZ4 block
//! ```
//!
//! Pieces are usually stored plain: that costs no time, and most disks have space. They are
//! compressed only after the plain snapshot did not fit. Each piece is compressed by itself, so
//! that a reader holds one piece in memory. A piece is stored plain if compression does not make it
//! smaller, or if its compressed form is longer than [`COMPRESSED_LEN_MAX`].
//!
//! The stated length of a piece is not trusted. An LZ4 block expands to at most 255 times its
//! length, so nothing is allocated for a stated length beyond that.

use bytes::Bytes;

use super::format::PIECE_LEN_MAX;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
use super::format::{COMPRESSED_LEN_MAX, PIECE_HEADER_LEN};
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use super::lz4::decompress as decompress_block;
use crate::error::PersistenceError;
use crate::format::{ByteReader, index, len_u64};

/// Whether a snapshot that does not fit is written again, compressed. A browser build leaves the
/// compressor out, to be smaller. It can read what other builds compressed.
const CAN_COMPRESS: bool = cfg!(not(all(target_arch = "wasm32", target_os = "unknown")));

/// The length of the stated length, in bytes; the block follows it.
const STATED_LEN: usize = 4;

/// How many times its length an LZ4 block expands to at most.
const EXPANSION_MAX: u64 = 255;

/// What a `Corrupt` error says was found instead of a compressed piece.
const WRONG: &str = "no LZ4 block of its length";

/// How the pieces of a snapshot are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pieces {
    Plain,
    Compressed,
}

impl Pieces {
    /// Whether compression may remedy the failure of a snapshot with these pieces. After an unknown
    /// outcome it may not: the plain snapshot may be there.
    pub(crate) const fn may_fit_compressed(self, error: &PersistenceError) -> bool {
        CAN_COMPRESS
            && matches!(self, Self::Plain)
            && matches!(error, PersistenceError::StorageFull { .. })
    }

    /// The error of a save with these pieces. It says whether compression was tried, for the person
    /// who has to free space.
    pub(crate) fn failed(self, error: PersistenceError) -> PersistenceError {
        match (self, error) {
            (Self::Compressed, full @ PersistenceError::StorageFull { .. }) if CAN_COMPRESS => {
                full.with_place(" even compressed")
            }
            (_, other) => other,
        }
    }

    /// A browser build compresses nothing.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    pub(super) const fn compress(self, _piece: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// Spare bytes for the piece's header, then the compressed piece; `None` if the piece is to be
    /// stored plain.
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub(super) fn compress(self, piece: &[u8]) -> Option<Vec<u8>> {
        if self == Self::Plain {
            return None;
        }
        let len = u32::try_from(piece.len()).ok()?;
        if len > PIECE_LEN_MAX {
            // `frame_piece` refuses a plain piece of this length.
            return None;
        }
        let start = index(PIECE_HEADER_LEN)?;
        let block = start.saturating_add(STATED_LEN);
        let block_len_max = lz4_flex::block::get_maximum_output_size(piece.len());
        let mut framed = vec![0; block.saturating_add(block_len_max)];
        framed
            .get_mut(start..block)?
            .copy_from_slice(&len.to_le_bytes());
        let block_len = lz4_flex::block::compress_into(piece, framed.get_mut(block..)?).ok()?;
        framed.truncate(block.saturating_add(block_len));
        let stored_len = block_len.saturating_add(STATED_LEN);
        let is_worth_it =
            stored_len < piece.len() && stored_len <= index(COMPRESSED_LEN_MAX.into())?;
        is_worth_it.then_some(framed)
    }
}

/// Decompresses the stored form of a piece.
///
/// # Errors
/// What was found instead of a compressed piece.
pub(super) fn decompress(stored: &[u8]) -> Result<Bytes, &'static str> {
    let len = ByteReader::new(stored).u32().ok_or(WRONG)?;
    let block = stored.get(STATED_LEN..).unwrap_or_default();
    let len_max = len_u64(block)
        .saturating_mul(EXPANSION_MAX)
        .min(PIECE_LEN_MAX.into());
    if u64::from(len) > len_max {
        return Err(WRONG);
    }
    let len = index(len.into()).unwrap_or_default();
    match decompress_block(block, len) {
        Some(piece) if piece.len() == len => Ok(Bytes::from(piece)),
        _ => Err(WRONG),
    }
}

/// The bytes that a block holds; `None` if they are more than `len_max`, or if it is not an LZ4
/// block.
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
fn decompress_block(block: &[u8], len_max: usize) -> Option<Vec<u8>> {
    let mut piece = vec![0; len_max];
    let len = lz4_flex::block::decompress_into(block, &mut piece).ok()?;
    piece.truncate(len);
    Some(piece)
}
