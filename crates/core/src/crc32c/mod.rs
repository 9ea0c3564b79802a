//! CRC-32C (Castagnoli), the checksum of everything stored.
//!
//! The crate `crc32c` uses the processor's instruction if there is one. A browser has none, and the
//! crate's tables are 8 KiB that do not compress: a twentieth of what a page has to load. So a page
//! computes the same tables before the first checksum.

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) use ::crc32c::{crc32c, crc32c_append};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod tables;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) use tables::{crc32c, crc32c_append};
