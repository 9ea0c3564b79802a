//! LZ4 blocks, decompressed in a page.
//!
//! Elsewhere the crate `lz4_flex` does it, in less time and more code: nearly two kilobytes of what
//! a page has to load, for snapshots that only a program writes. The format is that of the "LZ4
//! Block Format Description": sequences of a token, literals, and a match in what came out before;
//! the last one has literals only.

/// The length of a match is told without this.
const MATCH_LEN_MIN: usize = 4;

/// What `block` holds, `len_max` bytes at most. `None` where a sequence is cut, or reaches out of
/// the block or of what came before it.
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
        // Byte by byte: a match may reach into what it makes, but not to where nothing is yet.
        while piece.len() < end {
            let from = piece.len().checked_sub(usize::from(back))?;
            piece.push(*piece.get(from)?);
        }
    }
}

/// A length of which four bits stand in the token: where all are set, further bytes are added, the
/// last of which is below 255.
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
