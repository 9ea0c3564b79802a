//! The golden store with any bytes as its newest snapshot, once as they are and once with the
//! header's checksum put right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use steadfast_fuzz::{Format, golden_with, read_everything, sealed};

fuzz_target!(|data: &[u8]| {
    let key = "snapshot/000000000000002a";
    read_everything(&golden_with(key, data.to_vec()));
    read_everything(&golden_with(key, sealed(data.to_vec(), Format::Snapshot)));
});
