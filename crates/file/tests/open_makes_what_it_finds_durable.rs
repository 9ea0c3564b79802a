//! What a killed predecessor left in the system's memory is flushed before anyone builds on it.
#![cfg(target_os = "linux")]

use crate::support::process::test_name;
use crate::support::trace::{mark, traced};
use crate::support::{append, open, save, sync};

#[test]
fn open_flushes_every_folder() {
    let test = test_name(module_path!(), "open_flushes_every_folder");
    let Some((guard, calls)) = traced(&test, |directory| {
        let path = directory.join("store");
        save(&open(&path), "a/b/key", b"1").unwrap();
        mark("begin");
        let backend = open(&path);
        mark("end");
        drop(backend);
    }) else {
        return;
    };
    for folder in ["store", "store/a", "store/a/b"] {
        let path = guard.path().join(folder);
        let is_flushed = calls
            .iter()
            .any(|call| call.name == "fsync" && call.is_on(&path));
        assert!(is_flushed, "{folder}: {calls:#?}");
    }
}

#[test]
fn the_first_sync_flushes_what_a_predecessor_appended() {
    let test = test_name(
        module_path!(),
        "the_first_sync_flushes_what_a_predecessor_appended",
    );
    let Some((guard, calls)) = traced(&test, |directory| {
        let path = directory.join("store");
        append(&open(&path), "log", 0, b"not synced").unwrap();
        let backend = open(&path);
        mark("begin");
        sync(&backend, "log").unwrap();
        mark("end");
    }) else {
        return;
    };
    let log = guard.path().join("store/log");
    assert!(
        calls
            .iter()
            .any(|call| call.name == "fdatasync" && call.is_on(&log)),
        "{calls:#?}"
    );
}
