//! A harness that finds nothing in wrong programs would find nothing anywhere.

use crate::common::{number, report};

const STATES: u64 = 100;

/// The smallest number of losses among a hundred states.
fn losses_min(file_system: &str, way: &str) -> u64 {
    match (file_system, way) {
        // What was acknowledged is durable here. Only the states in the middle of a save are torn.
        (_, "in-place-flushed") => 1,
        // The blocks of a replaced version are given to the next one at once. So after a lost
        // rename the old name often shows the next version by accident.
        ("ext4-writeback", "rename-unflushed" | "rename-directory-unflushed") => STATES / 5,
        _ => STATES / 2,
    }
}

#[test]
fn wrong_ways_to_save_are_caught() {
    let arguments = "--seed 1 --states 0 --control-states 100 --workloads \
        in-place,in-place-flushed,rename-unflushed,rename-directory-unflushed";
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let Some(report) = report(&arguments) else {
        return;
    };
    let lanes = report["lanes"].as_array().unwrap();
    assert_eq!(lanes.len(), 15);
    for lane in lanes {
        let (file_system, way) = (&lane["file_system"], &lane["workload"]);
        let losses = number(lane, "lost");
        println!("{file_system} {way}: {losses} of {STATES} lost");
        assert_eq!(number(lane, "states"), STATES);
        let min = losses_min(file_system.as_str().unwrap(), way.as_str().unwrap());
        assert!(losses >= min, "{file_system} {way}: only {losses} lost");
    }
}
