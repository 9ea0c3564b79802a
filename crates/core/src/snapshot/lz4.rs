//! Decompresses LZ4 blocks in a page.
//!
//! Other builds use the crate `lz4_flex`. It takes less time but more code: nearly two kilobytes
//! that a page would have to load, for snapshots that only a program writes. The format is that of
//! the "LZ4 Block Format Description". It consists of sequences of a token, literals, and a match
//! in earlier output; the last sequence has literals only.

/// The stored length of a match does not include this.
const MATCH_LEN_MIN: usize = 4;

/// The contents of `block`, `len_max` bytes at most. `None` if a sequence is cut, or points outside
/// the block or before the output.
pub(crate) fn decompress(block: &[u8], len_max: usize) -> Option<Vec<u8>> {
    let mut piece = Vec::new();
    let mut rest = block;
    loop {
        let token = byte(&mut rest)?;
        let literals_len = length(token >> 4, &mut rest)?;
        let (literals, behind) = rest.split_at_checked(literals_len)?;
        piece.extend_from_slice(literals);
        rest = behind;
        if rest.is_empty() || piece.len() > len_max {
            return (piece.len() <= len_max).then_some(piece);
        }
        let back = u16::from_le_bytes([byte(&mut rest)?, byte(&mut rest)?]);
        let matched = length(token & 15, &mut rest)?.saturating_add(MATCH_LEN_MIN);
        let end = piece
            .len()
            .saturating_add(matched)
            .min(len_max.saturating_add(1));
        // Byte by byte: a match may overlap its own output, but must not reach bytes that are not
        // there yet.
        while piece.len() < end {
            let from = piece.len().checked_sub(usize::from(back))?;
            piece.push(*piece.get(from)?);
        }
    }
}

/// A length whose first four bits are in the token. If all four are set, further bytes are added.
/// The last of those is below 255.
fn length(bits: u8, rest: &mut &[u8]) -> Option<usize> {
    let mut length = usize::from(bits);
    if bits == 15 {
        loop {
            let more = byte(rest)?;
            length = length.checked_add(usize::from(more))?;
            if more < 255 {
                break;
            }
        }
    }
    Some(length)
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    let (first, behind) = rest.split_first()?;
    *rest = behind;
    Some(*first)
}
