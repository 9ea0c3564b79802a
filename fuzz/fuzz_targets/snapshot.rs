//! The golden store with any bytes as its newest snapshot: as they are, with the header's checksum
//! put right, and as the stored form of a compressed piece behind the golden header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use steadfast_fuzz::{Format, compressed_piece, golden_with, read_everything, sealed};

fuzz_target!(|data: &[u8]| {
    let key = "snapshot/000000000000002a";
    read_everything(&golden_with(key, data.to_vec()));
    read_everything(&golden_with(key, sealed(data.to_vec(), Format::Snapshot)));
    read_everything(&golden_with(key, compressed_piece(data)));
});
