//! Where nothing is unsynced, a sync costs nothing.
#![cfg(target_os = "linux")]

use crate::support::process::test_name;
use crate::support::trace::{mark, traced};
use crate::support::{append, open, sync};

#[test]
fn sync_without_change_flushes_nothing() {
    let test = test_name(module_path!(), "sync_without_change_flushes_nothing");
    let Some((_guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        append(&backend, "log", 0, b"1").unwrap();
        sync(&backend, "log").unwrap();
        mark("begin");
        sync(&backend, "log").unwrap();
        mark("end");
    }) else {
        return;
    };
    assert!(calls.is_empty(), "{calls:#?}");
}
