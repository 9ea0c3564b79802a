//! Whole stores of arbitrary streams: the input is cut into them at a mark.
#![no_main]

use libfuzzer_sys::fuzz_target;
use steadfast_fuzz::{GOLDEN, disk, read_everything};

fuzz_target!(|data: &[u8]| {
    let pieces = data.split(|byte| *byte == 0xa5);
    let names = GOLDEN.iter().map(|(name, _)| *name);
    read_everything(&disk(names.zip(pieces.map(<[u8]>::to_vec))));
});
