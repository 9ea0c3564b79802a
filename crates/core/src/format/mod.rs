//! What all stored bytes have in common: little-endian numbers, CRC32C, a version that is checked.
//!
//! Everything here is a pure function over bytes. A reader never trusts a length: [`ByteReader`]
//! hands out only what is there, and every caller turns `None` into an error with key and offset.
//!
//! The order of checks is the same in every format: magic, checksum, version, contents. The
//! checksum comes before the version so that a flipped bit in the version is called damage, not
//! "written by a newer program"; for that, a newer version must keep the magic and the place of the
//! checksum.

mod reader;

use crate::crc32c;
pub(crate) use reader::ByteReader;

/// The checksum of everything stored: CRC-32C (Castagnoli), computed in hardware where there is
/// some. For backends that have a format of their own.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
}

/// Lengths of what is in memory, as stored. No supported target has more than 64 bits.
pub(crate) const fn len_u64(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}

/// A stored length or offset as an index; `None` where memory cannot hold so much.
pub(crate) fn index(offset: u64) -> Option<usize> {
    usize::try_from(offset).ok()
}
