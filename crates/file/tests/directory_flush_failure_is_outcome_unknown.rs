//! A step that fails after the rename may have happened, and has an error of its own. A step that
//! fails before the rename never has that error.
#![cfg(target_os = "linux")]

use steadfast_core::PersistenceError;

use crate::support::process::test_name;
use crate::support::trace::{mark, with_failing};
use crate::support::{create, get, open, save, temporaries};

#[test]
fn a_failed_directory_flush_leaves_the_outcome_unknown() {
    let test = test_name(
        module_path!(),
        "a_failed_directory_flush_leaves_the_outcome_unknown",
    );
    with_failing("fsync", 2, &["EIO"], &test, |directory| {
        let path = directory.join("store");
        let backend = open(&path);
        save(&backend, "key", b"old").unwrap();
        mark("begin");
        let failure = save(&backend, "key", b"new").unwrap_err();
        mark("end");
        assert!(failure.is_outcome_unknown(), "{failure}");
        drop(backend);
        // Reopening tells: here the name had changed.
        assert_eq!(get(&open(&path), "key").unwrap(), b"new");
    });
}

#[test]
fn a_failed_file_flush_keeps_the_old_value() {
    let test = test_name(module_path!(), "a_failed_file_flush_keeps_the_old_value");
    with_failing("fsync", 1, &["EIO"], &test, |directory| {
        let backend = open(&directory.join("store"));
        save(&backend, "key", b"old").unwrap();
        mark("begin");
        let failure = save(&backend, "key", b"new").unwrap_err();
        mark("end");
        assert!(matches!(failure, PersistenceError::Io { .. }), "{failure}");
        assert_eq!(get(&backend, "key").unwrap(), b"old");
        assert_eq!(temporaries(directory).len(), 0);
    });
}

#[test]
fn a_rename_that_was_refused_keeps_the_old_value() {
    let test = test_name(
        module_path!(),
        "a_rename_that_was_refused_keeps_the_old_value",
    );
    with_failing(
        "renameat",
        1,
        &["EACCES", "ENOSPC", "EXDEV"],
        &test,
        |directory| {
            let backend = open(&directory.join("store"));
            save(&backend, "key", b"old").unwrap();
            mark("begin");
            let failure = save(&backend, "key", b"new").unwrap_err();
            mark("end");
            assert!(!failure.is_outcome_unknown(), "{failure}");
            assert_eq!(get(&backend, "key").unwrap(), b"old");
            assert_eq!(temporaries(directory).len(), 0);
        },
    );
}

#[test]
fn a_rename_that_broke_off_leaves_the_outcome_unknown() {
    let test = test_name(
        module_path!(),
        "a_rename_that_broke_off_leaves_the_outcome_unknown",
    );
    with_failing("renameat", 1, &["EIO", "ETIMEDOUT"], &test, |directory| {
        let backend = open(&directory.join("store"));
        mark("begin");
        let failure = save(&backend, "key", b"new").unwrap_err();
        mark("end");
        assert!(failure.is_outcome_unknown(), "{failure}");
    });
}

#[test]
fn a_directory_whose_flush_failed_is_not_taken_for_durable() {
    let test = test_name(
        module_path!(),
        "a_directory_whose_flush_failed_is_not_taken_for_durable",
    );
    with_failing("fsync", 1, &["EIO"], &test, |directory| {
        let backend = open(&directory.join("store"));
        mark("begin");
        let failure = create(&backend, "folder/key", b"1").unwrap_err();
        mark("end");
        assert!(matches!(failure, PersistenceError::Io { .. }), "{failure}");
        // The directory is there now, but it is not known to be durable.
        let failure = create(&backend, "folder/key", b"1").unwrap_err();
        assert!(
            matches!(failure, PersistenceError::Poisoned { .. }),
            "{failure}"
        );
    });
}
