//! The golden store with any bytes as its newest manifest: once as they are, and once with the
//! header's checksum corrected.
#![no_main]

use libfuzzer_sys::fuzz_target;
use steadfast_fuzz::{Format, golden_with, read_everything, sealed};

fuzz_target!(|data: &[u8]| {
    let key = "manifest/0000000000000017";
    read_everything(&golden_with(key, data.to_vec()));
    read_everything(&golden_with(key, sealed(data.to_vec(), Format::Manifest)));
});
