//! A durable commit costs one positioned write and one flush of the data, and nothing else.
#![cfg(target_os = "linux")]

use crate::support::process::test_name;
use crate::support::trace::{mark, names, traced};
use crate::support::{append, open, sync};

#[test]
fn durable_append_is_one_write_and_one_flush() {
    let test = test_name(module_path!(), "durable_append_is_one_write_and_one_flush");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        append(&backend, "wal/1", 0, b"first").unwrap();
        sync(&backend, "wal/1").unwrap();
        mark("begin");
        append(&backend, "wal/1", 5, b"second").unwrap();
        sync(&backend, "wal/1").unwrap();
        append(&backend, "wal/1", 11, b"third").unwrap();
        sync(&backend, "wal/1").unwrap();
        mark("end");
    }) else {
        return;
    };
    let all: Vec<_> = calls.iter().collect();
    assert_eq!(
        names(&all),
        ["pwrite64", "fdatasync", "pwrite64", "fdatasync"],
        "{calls:#?}"
    );
    assert!(
        calls
            .iter()
            .all(|call| call.is_on(&guard.path().join("store/wal/1"))),
        "{calls:#?}"
    );
}
