//! A new stream's name is made durable with its first bytes, once.
#![cfg(target_os = "linux")]

use crate::support::process::test_name;
use crate::support::trace::{decisive, mark, names, traced};
use crate::support::{append, open, save, sync};

#[test]
fn first_append_flushes_the_directory() {
    let test = test_name(module_path!(), "first_append_flushes_the_directory");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        save(&backend, "wal/0", b"").unwrap();
        mark("begin");
        append(&backend, "wal/1", 0, b"first").unwrap();
        sync(&backend, "wal/1").unwrap();
        append(&backend, "wal/1", 5, b"second").unwrap();
        sync(&backend, "wal/1").unwrap();
        mark("end");
    }) else {
        return;
    };
    let folder = guard.path().join("store/wal");
    let decisive = decisive(&calls);
    let order = ["pwrite64", "fdatasync", "fsync", "pwrite64", "fdatasync"];
    assert_eq!(names(&decisive), order, "{calls:#?}");
    assert!(decisive[1].is_on(&folder.join("1")), "{calls:#?}");
    assert!(decisive[2].is_on(&folder), "{calls:#?}");
}
