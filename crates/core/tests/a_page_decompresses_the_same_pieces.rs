//! In a browser pieces are decompressed by our own code. The result is the original, and bytes that
//! no compressor made are refused as everywhere else.

#[path = "../src/snapshot/lz4.rs"]
mod lz4;

use proptest::prelude::*;

/// The answer of the crate that is used everywhere else.
fn elsewhere(block: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut piece = vec![0; len];
    let found = lz4_flex::block::decompress_into(block, &mut piece).ok()?;
    (found == len).then_some(piece)
}

fn in_a_page(block: &[u8], len: usize) -> Option<Vec<u8>> {
    let piece = lz4::decompress(block, len)?;
    assert!(piece.len() <= len);
    Some(piece).filter(|piece| piece.len() == len)
}

/// Repetitions of every kind, and what does not repeat.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let run = (any::<u8>(), 0..700_usize).prop_map(|(byte, len)| vec![byte; len]);
    let noise = prop::collection::vec(any::<u8>(), 0..60);
    let words = (prop::collection::vec(0..4_u8, 1..9), 1..90_usize)
        .prop_map(|(word, times)| word.repeat(times));
    let parts = prop::collection::vec(prop_oneof![run, noise, words], 0..8);
    parts.prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn what_was_compressed_comes_back(piece in pieces()) {
        let block = lz4_flex::block::compress(&piece);
        prop_assert_eq!(in_a_page(&block, piece.len()), Some(piece));
    }

    #[test]
    fn what_is_wrong_with_a_block_is_noticed_alike(
        piece in pieces(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        longer in 0..3_usize,
    ) {
        let block = lz4_flex::block::compress(&piece);
        let mut changed = block.clone();
        changed[at.index(block.len())] = byte;
        for block in [&changed[..], &block[..cut.index(block.len())]] {
            for len in [piece.len() + longer, piece.len().saturating_sub(longer)] {
                prop_assert_eq!(in_a_page(block, len), elsewhere(block, len));
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(block in prop::collection::vec(any::<u8>(), 0..200), len in 0..900_usize) {
        prop_assert_eq!(in_a_page(&block, len), elsewhere(&block, len));
    }
}
