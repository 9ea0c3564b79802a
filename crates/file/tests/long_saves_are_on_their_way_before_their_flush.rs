//! A long save begins to write to the disk while it is made. This promises nothing: the save is
//! flushed all the same. A save that is made bit by bit beside commits goes no faster than the
//! disk, so that the commits do not wait for it.
#![cfg(target_os = "linux")]

use steadfast_core::{PersistenceError, Precondition, Staged};
use steadfast_file::FileBackend;

use crate::support::process::test_name;
use crate::support::trace::{Call, mark, traced, with_failing};
use crate::support::{append, get, now, open, save, stage};

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

/// A save that is made bit by bit, long after one commit. With `beside`, another commit is appended
/// near the save's beginning.
fn stream(backend: &FileBackend, beside: bool, pieces: usize) -> Result<(), PersistenceError> {
    append(backend, "log", 0, b"long ago").unwrap();
    mark("begin");
    let mut staged = stage(backend, "key", b"head");
    if beside {
        append(backend, "log", 8, b"beside").unwrap();
    }
    let streamed = (0..pieces)
        .try_for_each(|_| now(staged.write(vec![7; 1 << 18].into())))
        .and_then(|()| now(staged.commit(Precondition::None)));
    mark("end");
    streamed
}

/// What such a save asks of the disk before its flush. `None` in the process that makes it.
fn starts_of_a_stream(test: &str, beside: bool, pieces: usize) -> Option<Vec<String>> {
    let test = test_name(module_path!(), test);
    let (_guard, calls) = traced(&test, |directory| {
        stream(&open(&directory.join("store")), beside, pieces).unwrap();
    })?;
    let starts = starts_before_the_flush(&calls);
    Some(starts.into_iter().map(String::from).collect())
}

#[test]
fn beside_commits_a_save_goes_no_faster_than_the_disk() {
    let test = "beside_commits_a_save_goes_no_faster_than_the_disk";
    let Some(starts) = starts_of_a_stream(test, true, 4) else {
        return;
    };
    // The save waits for what it began before it begins the next but one.
    let expected = [
        "0, 262148, SYNC_FILE_RANGE_WRITE",
        "262148, 262144, SYNC_FILE_RANGE_WRITE",
        "0, 262148, SYNC_FILE_RANGE_WAIT_BEFORE",
        "524292, 262144, SYNC_FILE_RANGE_WRITE",
        "262148, 262144, SYNC_FILE_RANGE_WAIT_BEFORE",
        "786436, 262144, SYNC_FILE_RANGE_WRITE",
        "524292, 262144, SYNC_FILE_RANGE_WAIT_BEFORE",
    ];
    assert_eq!(starts, expected);
}

#[test]
fn long_after_a_commit_a_save_goes_as_fast_as_it_can() {
    let test = "long_after_a_commit_a_save_goes_as_fast_as_it_can";
    let Some(starts) = starts_of_a_stream(test, true, 4 * 72) else {
        return;
    };
    let waits = starts.iter().filter(|call| call.ends_with("WAIT_BEFORE"));
    // 64 MiB in pieces of 256 KiB; no piece is begun before the first.
    assert_eq!(waits.count(), 4 * 64 - 1, "{starts:#?}");
    let last = starts.last().unwrap();
    assert!(
        last.ends_with("4194304, SYNC_FILE_RANGE_WRITE"),
        "{starts:#?}"
    );
}

#[test]
fn with_nobody_beside_it_a_save_waits_for_its_flush_only() {
    let test = "with_nobody_beside_it_a_save_waits_for_its_flush_only";
    let Some(starts) = starts_of_a_stream(test, false, 17) else {
        return;
    };
    assert_eq!(starts, ["0, 4194308, SYNC_FILE_RANGE_WRITE"]);
}

#[test]
fn an_error_that_is_told_while_waiting_fails_the_save() {
    let test = test_name(
        module_path!(),
        "an_error_that_is_told_while_waiting_fails_the_save",
    );
    // The third call is the first that waits.
    with_failing(
        "sync_file_range",
        3,
        &["EIO", "ENOSPC"],
        &test,
        |directory| {
            let backend = open(&directory.join("store"));
            save(&backend, "key", b"old").unwrap();
            let failure = stream(&backend, true, 4).unwrap_err();
            assert_eq!(get(&backend, "key").unwrap(), b"old", "{failure}");
        },
    );
}
