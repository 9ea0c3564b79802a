//! A deleted key is gone, and its directory is flushed before the call says so.

use steadfast_core::StorageBackend;

use crate::support::{append, get, key, keys, now, open, place, save, sync};

#[test]
fn deleted_keys_are_gone() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "a/key", b"1").unwrap();
    save(&backend, "b", b"2").unwrap();
    now(backend.delete(&key("a/key"))).unwrap();
    assert_eq!(get(&backend, "a/key"), None);
    assert_eq!(keys(&backend), ["b"]);
}

#[test]
fn absent_keys_can_be_deleted() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "file", b"1").unwrap();
    save(&backend, "folder/key", b"2").unwrap();
    for name in ["absent", "absent/below", "file/below", "folder"] {
        now(backend.delete(&key(name))).unwrap();
    }
    assert_eq!(keys(&backend), ["file", "folder/key"]);
}

#[test]
fn a_deleted_stream_starts_anew() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"old bytes").unwrap();
    sync(&backend, "log").unwrap();
    now(backend.delete(&key("log"))).unwrap();
    append(&backend, "log", 0, b"new").unwrap();
    sync(&backend, "log").unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"new");
}

#[cfg(target_os = "linux")]
#[test]
fn a_delete_flushes_the_directory() {
    use crate::support::process::test_name;
    use crate::support::trace::{decisive, mark, names, traced};
    let test = test_name(module_path!(), "a_delete_flushes_the_directory");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        save(&backend, "a/key", b"1").unwrap();
        mark("begin");
        now(backend.delete(&key("a/key"))).unwrap();
        mark("end");
    }) else {
        return;
    };
    let calls = decisive(&calls);
    assert_eq!(names(&calls), ["unlinkat", "fsync"], "{calls:#?}");
    assert!(calls[1].is_on(&guard.path().join("store/a")), "{calls:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_delete_whose_flush_failed_is_not_taken_for_done() {
    use crate::support::process::test_name;
    use crate::support::trace::{mark, with_failing};
    let test = test_name(
        module_path!(),
        "a_delete_whose_flush_failed_is_not_taken_for_done",
    );
    with_failing("fsync", 1, &["EIO"], &test, |directory| {
        let backend = open(&directory.join("store"));
        save(&backend, "key", b"1").unwrap();
        mark("begin");
        let failure = now(backend.delete(&key("key"))).unwrap_err();
        mark("end");
        assert!(failure.is_outcome_unknown(), "{failure}");
    });
}

/// The call before it may have removed the name and failed to flush that: a power cut brings the
/// key back.
#[cfg(target_os = "linux")]
#[test]
fn a_delete_that_is_repeated_flushes_too() {
    use crate::support::process::test_name;
    use crate::support::trace::{decisive, mark, names, traced};
    let test = test_name(module_path!(), "a_delete_that_is_repeated_flushes_too");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        save(&backend, "a/key", b"1").unwrap();
        now(backend.delete(&key("a/key"))).unwrap();
        mark("begin");
        now(backend.delete(&key("a/key"))).unwrap();
        mark("end");
    }) else {
        return;
    };
    let calls = decisive(&calls);
    assert_eq!(names(&calls), ["unlinkat", "fsync"], "{calls:#?}");
    assert!(calls[1].is_on(&guard.path().join("store/a")), "{calls:#?}");
}
