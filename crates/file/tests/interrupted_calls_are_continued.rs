//! A signal that interrupts a write is no failure.
#![cfg(target_os = "linux")]

use crate::support::process::test_name;
use crate::support::trace::{mark, with_failing};
use crate::support::{append, get, open, save, sync};

#[test]
fn an_interrupted_append_is_continued() {
    let test = test_name(module_path!(), "an_interrupted_append_is_continued");
    with_failing("pwrite64", 1, &["EINTR"], &test, |directory| {
        let backend = open(&directory.join("store"));
        mark("begin");
        append(&backend, "log", 0, b"whole").unwrap();
        mark("end");
        sync(&backend, "log").unwrap();
        assert_eq!(get(&backend, "log").unwrap(), b"whole");
    });
}

#[test]
fn an_interrupted_save_is_continued() {
    let test = test_name(module_path!(), "an_interrupted_save_is_continued");
    with_failing("write", 1, &["EINTR"], &test, |directory| {
        let backend = open(&directory.join("store"));
        mark("begin");
        save(&backend, "key", b"whole").unwrap();
        mark("end");
        assert_eq!(get(&backend, "key").unwrap(), b"whole");
    });
}

#[test]
fn an_interrupted_open_is_continued() {
    let test = test_name(module_path!(), "an_interrupted_open_is_continued");
    with_failing("openat", 2, &["EINTR"], &test, |directory| {
        let backend = open(&directory.join("store"));
        mark("begin");
        save(&backend, "key", b"whole").unwrap();
        mark("end");
        assert_eq!(get(&backend, "key").unwrap(), b"whole");
    });
}
