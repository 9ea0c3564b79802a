//! The golden store with damage gives an error, or the state that was saved, or an earlier state
//! that says what is missing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use steadfast_core::{Kv, Store};
use steadfast_fuzz::{GOLDEN, disk, read_everything};

fuzz_target!(|data: &[u8]| {
    let mut streams: Vec<(&str, Vec<u8>)> = GOLDEN
        .iter()
        .map(|(name, bytes)| (*name, bytes.to_vec()))
        .collect();
    // Each four bytes of the input: which stream, where, what.
    for edit in data.chunks_exact(4) {
        let (_, bytes) = &mut streams[edit[0] as usize % GOLDEN.len()];
        let at = usize::from(edit[1]) * 8 + usize::from(edit[2] & 7);
        match edit[2] >> 6 {
            0 if !bytes.is_empty() => {
                let at = at % bytes.len();
                bytes[at] ^= edit[3];
            }
            1 => bytes.truncate(at),
            2 => bytes.extend(std::iter::repeat_n(edit[3], usize::from(edit[1]))),
            _ => {}
        }
    }
    let changed = streams
        .iter()
        .zip(GOLDEN)
        .any(|((_, now), (_, golden))| now[..] != *golden);
    let disk = disk(streams);
    if let Ok((kv, report)) = block_on(Store::<Kv, _>::load(&disk)) {
        // The store was closed, so the length of everything is on record. Skipping the manifest
        // that says so must be reported.
        let is_whole = report.lsn.get() == 22 && kv.len() == 24;
        assert!(is_whole || changed && !report.is_clean(), "{report:?}");
    }
    read_everything(&disk);
});
