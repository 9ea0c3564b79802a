//! A short run of every workload. `powercut run` is the long one.

use crate::common::{number, report};

/// Twenty-five states for each of ten workloads.
const STATES: u64 = 250;

fn examine(file_system: &str) {
    let states = STATES.to_string();
    let jobs = ["--jobs", "1", "--control-states", "0", "--states", &states];
    let Some(report) = report(&[&jobs[..], &["--file-systems", file_system]].concat()) else {
        return;
    };
    println!("seed {}, kept {}", report["seed"], report["kept"]);
    let lanes = report["lanes"].as_array().unwrap();
    assert_eq!(lanes.len(), 10);
    for lane in lanes {
        assert_eq!(number(lane, "states"), 25);
        assert_eq!(lane["failures"], serde_json::json!([]));
        assert_eq!(number(lane, "survivors"), 25);
    }
    assert_eq!(report["passed"], true);
}

#[test]
fn on_ext4() {
    examine("ext4");
}

#[test]
fn on_ext4_with_data_writeback() {
    examine("ext4-writeback");
}

#[test]
fn on_xfs() {
    examine("xfs");
}

#[test]
fn on_btrfs() {
    examine("btrfs");
}
