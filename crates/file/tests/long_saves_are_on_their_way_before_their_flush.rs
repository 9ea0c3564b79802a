//! A long save begins to write to the disk while it is made, and promises nothing for that: its flush comes all the same.
#![cfg(target_os = "linux")]

use steadfast_file::FileBackend;

use crate::support::process::test_name;
use crate::support::trace::{Call, mark, traced};
use crate::support::{open, save};

const MIB: usize = 1 << 20;

fn measured(backend: &FileBackend, len: usize) {
    mark("begin");
    save(backend, "key", &vec![7; len]).unwrap();
    mark("end");
}

fn starts_before_the_flush(calls: &[Call]) -> Vec<&str> {
    let flush = calls.iter().position(|call| call.name == "fsync").unwrap();
    calls[..flush]
        .iter()
        .filter(|call| call.name == "sync_file_range")
        .map(|call| call.arguments.split_once(", ").unwrap().1)
        .collect()
}

#[test]
fn a_long_save_is_on_its_way() {
    let test = test_name(module_path!(), "a_long_save_is_on_its_way");
    let Some((_guard, calls)) = traced(&test, |directory| {
        measured(&open(&directory.join("store")), 9 * MIB);
    }) else {
        return;
    };
    let expected = [
        "0, 4194304, SYNC_FILE_RANGE_WRITE",
        "4194304, 4194304, SYNC_FILE_RANGE_WRITE",
    ];
    assert_eq!(starts_before_the_flush(&calls), expected, "{calls:#?}");
}

#[test]
fn a_short_save_is_left_to_its_flush() {
    let test = test_name(module_path!(), "a_short_save_is_left_to_its_flush");
    let Some((_guard, calls)) = traced(&test, |directory| {
        measured(&open(&directory.join("store")), MIB);
    }) else {
        return;
    };
    assert!(starts_before_the_flush(&calls).is_empty(), "{calls:#?}");
}
