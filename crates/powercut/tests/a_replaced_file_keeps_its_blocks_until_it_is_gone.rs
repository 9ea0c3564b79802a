//! ext4 with `data=writeback` gives the blocks of a replaced file to the next writer before the
//! replacement is durable. Unless the old file is held open until then, a power cut leaves its name
//! with another file's bytes: in about one state of fifty, where several threads save.

use crate::common::{number, report};

/// Each recording interleaves the threads in another way.
const RECORDINGS: u64 = 4;

#[test]
fn a_replaced_file_keeps_its_blocks_until_it_is_gone() {
    for seed in 1..=RECORDINGS {
        let seed = seed.to_string();
        let what = "--file-systems ext4-writeback --workloads atomic-file --states 150 --seed";
        let arguments: Vec<&str> = what.split(' ').chain([seed.as_str()]).collect();
        let Some(report) = report(&arguments) else {
            return;
        };
        let lane = &report["lanes"][0];
        assert_eq!(lane["failures"], serde_json::json!([]));
        assert_eq!(number(lane, "survivors"), 150);
    }
}
