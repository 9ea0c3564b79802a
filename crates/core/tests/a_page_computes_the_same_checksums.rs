//! In a browser the tables of the checksum are computed at the first call. The sums are the same as
//! everywhere else, whatever the length and however the bytes are split.

#[path = "../src/crc32c/tables.rs"]
mod tables;

use proptest::prelude::*;

#[test]
fn the_sum_of_the_check_string_is_the_published_one() {
    assert_eq!(tables::crc32c(b"123456789"), 0xe306_9283);
    assert_eq!(tables::crc32c(b""), 0);
}

proptest! {
    #[test]
    fn the_sums_are_the_same(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        cut in any::<prop::sample::Index>(),
    ) {
        prop_assert_eq!(tables::crc32c(&bytes), crc32c::crc32c(&bytes));
        let (start, rest) = bytes.split_at(cut.index(bytes.len().saturating_add(1)));
        let in_parts = tables::crc32c_append(tables::crc32c(start), rest);
        prop_assert_eq!(in_parts, crc32c::crc32c(&bytes));
    }
}
