//! A failed flush is not tried again: the second one would succeed over bytes that are lost.
#![cfg(target_os = "linux")]

use steadfast_core::PersistenceError;

use crate::support::process::test_name;
use crate::support::trace::{mark, with_failing};
use crate::support::{append, open, sync};

fn is_poisoned(failure: &PersistenceError) -> bool {
    matches!(failure, PersistenceError::Poisoned { .. })
}

#[test]
fn a_failed_data_flush_poisons_the_stream() {
    let test = test_name(module_path!(), "a_failed_data_flush_poisons_the_stream");
    with_failing("fdatasync", 1, &["EIO"], &test, |directory| {
        let backend = open(&directory.join("store"));
        append(&backend, "log", 0, b"first").unwrap();
        sync(&backend, "log").unwrap();
        append(&backend, "log", 5, b"second").unwrap();
        mark("begin");
        let failure = sync(&backend, "log").unwrap_err();
        mark("end");
        assert!(matches!(failure, PersistenceError::Io { .. }), "{failure}");
        assert!(is_poisoned(&sync(&backend, "log").unwrap_err()));
        assert!(is_poisoned(
            &append(&backend, "log", 11, b"third").unwrap_err()
        ));
    });
}

#[test]
fn a_failed_flush_of_a_new_name_poisons_the_stream() {
    let test = test_name(
        module_path!(),
        "a_failed_flush_of_a_new_name_poisons_the_stream",
    );
    with_failing("fsync", 1, &["EIO"], &test, |directory| {
        let backend = open(&directory.join("store"));
        append(&backend, "log", 0, b"first").unwrap();
        mark("begin");
        sync(&backend, "log").unwrap_err();
        mark("end");
        assert!(is_poisoned(&sync(&backend, "log").unwrap_err()));
    });
}

#[test]
fn a_full_disk_at_flush_is_named() {
    let test = test_name(module_path!(), "a_full_disk_at_flush_is_named");
    with_failing("fdatasync", 1, &["EDQUOT"], &test, |directory| {
        let backend = open(&directory.join("store"));
        append(&backend, "log", 0, b"first").unwrap();
        mark("begin");
        let failure = sync(&backend, "log").unwrap_err();
        mark("end");
        assert!(
            matches!(failure, PersistenceError::StorageFull { .. }),
            "{failure}"
        );
    });
}
