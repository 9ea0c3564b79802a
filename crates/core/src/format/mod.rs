//! What all stored bytes have in common: little-endian numbers, CRC-32C, a version that is checked.
//!
//! Everything here is a pure function over bytes. A reader never trusts a length. [`ByteReader`]
//! returns only bytes that are there, and every caller turns `None` into an error with key and
//! offset.
//!
//! The order of checks is the same in every format: magic, checksum, version, contents. The
//! checksum comes before the version, so that a flipped bit in the version is reported as damage
//! and not as "written by a newer program". For that, a newer version must keep the magic and the
//! position of the checksum.

mod reader;

use crate::crc32c;
pub(crate) use reader::ByteReader;

/// The checksum of everything stored: CRC-32C (Castagnoli), computed in hardware if possible.
/// Public for backends with a format of their own.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
}

/// The length of bytes in memory, as it is stored. No supported target has more than 64 bits.
pub(crate) const fn len_u64(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}

/// A stored length or offset as an index; `None` if it exceeds what memory can hold.
pub(crate) fn index(offset: u64) -> Option<usize> {
    usize::try_from(offset).ok()
}
