//! A directory that a store or a key needs is durable before anything is put into it: its parent is
//! flushed.
#![cfg(target_os = "linux")]

use crate::support::process::test_name;
use crate::support::trace::{mark, traced, with_failing};
use crate::support::{append, open, save};

/// Where in the trace the directory is made, where its parent is flushed next, and where the first
/// file is created in it.
fn flushed_before_use(calls: &[crate::support::trace::Call], parent: &std::path::Path, name: &str) {
    let directory = parent.join(name);
    let is_made = |call: &crate::support::trace::Call| {
        call.name.starts_with("mkdir")
            && (call
                .arguments
                .contains(&format!("\"{}\"", directory.display()))
                || call.is_on(parent) && call.arguments.contains(&format!("\"{name}\"")))
    };
    let made = calls
        .iter()
        .position(is_made)
        .expect("the directory is made");
    let flushed = made
        + calls[made..]
            .iter()
            .position(|call| call.name == "fsync" && call.is_on(parent))
            .expect("its parent is flushed");
    let used = calls.iter().position(|call| {
        call.name == "openat" && call.is_on(&directory) && call.arguments.contains("O_CREAT")
    });
    assert!(
        used.is_none_or(|used| flushed < used),
        "flushed after it was used: {calls:#?}"
    );
}

#[test]
fn the_way_to_a_new_store_is_flushed() {
    let test = test_name(module_path!(), "the_way_to_a_new_store_is_flushed");
    let Some((guard, calls)) = traced(&test, |directory| {
        mark("begin");
        let backend = open(&directory.join("a/b/store"));
        mark("end");
        drop(backend);
    }) else {
        return;
    };
    flushed_before_use(&calls, guard.path(), "a");
    flushed_before_use(&calls, &guard.path().join("a"), "b");
    flushed_before_use(&calls, &guard.path().join("a/b"), "store");
}

#[test]
fn the_way_to_a_new_key_is_flushed() {
    let test = test_name(module_path!(), "the_way_to_a_new_key_is_flushed");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        mark("begin");
        save(&backend, "x/y/key", b"saved").unwrap();
        append(&backend, "u/v/key", 0, b"appended").unwrap();
        mark("end");
    }) else {
        return;
    };
    let store = guard.path().join("store");
    flushed_before_use(&calls, &store, "x");
    flushed_before_use(&calls, &store.join("x"), "y");
    flushed_before_use(&calls, &store, "u");
    flushed_before_use(&calls, &store.join("u"), "v");
}

#[test]
fn the_way_that_a_killed_predecessor_made_is_flushed() {
    let test = test_name(
        module_path!(),
        "the_way_that_a_killed_predecessor_made_is_flushed",
    );
    let Some((guard, calls)) = traced(&test, |directory| {
        std::fs::create_dir_all(directory.join("a/store")).unwrap();
        mark("begin");
        let backend = open(&directory.join("a/store"));
        mark("end");
        drop(backend);
    }) else {
        return;
    };
    for path in [guard.path().to_owned(), guard.path().join("a")] {
        let is_flushed = calls
            .iter()
            .any(|call| call.name == "fsync" && call.is_on(&path));
        assert!(is_flushed, "{}: {calls:#?}", path.display());
    }
}

/// Somebody else made it, and nobody knows whether its name is durable.
#[test]
fn the_name_of_a_directory_that_appeared_meanwhile_is_flushed() {
    let test = test_name(
        module_path!(),
        "the_name_of_a_directory_that_appeared_meanwhile_is_flushed",
    );
    let Some((guard, calls)) = traced(&test, |directory| {
        let store = directory.join("store");
        let backend = open(&store);
        std::fs::create_dir_all(store.join("x/y")).unwrap();
        mark("begin");
        save(&backend, "x/y/key", b"saved").unwrap();
        mark("end");
    }) else {
        return;
    };
    let store = guard.path().join("store");
    let published = calls.iter().position(|call| call.name == "renameat");
    for parent in [store.clone(), store.join("x")] {
        let flushed = calls
            .iter()
            .position(|call| call.name == "fsync" && call.is_on(&parent));
        assert!(
            flushed.is_some() && flushed < published,
            "{}: {calls:#?}",
            parent.display()
        );
    }
}

/// A store that was acknowledged would be gone with the name of a directory above it.
fn refused_flush(nth: usize, test: &str) {
    let test = test_name(module_path!(), test);
    with_failing(
        "fsync",
        nth,
        &["EACCES", "EPERM", "EIO"],
        &test,
        |directory| {
            mark("begin");
            steadfast_file::FileBackend::open(directory.join("a/store")).unwrap_err();
            mark("end");
        },
    );
}

#[test]
fn a_store_is_not_opened_without_the_flush_of_its_parent() {
    refused_flush(1, "a_store_is_not_opened_without_the_flush_of_its_parent");
}

#[test]
fn a_store_is_not_opened_without_the_flush_of_what_was_made_above() {
    refused_flush(
        2,
        "a_store_is_not_opened_without_the_flush_of_what_was_made_above",
    );
}

/// What somebody else made may be somebody else's to flush.
#[test]
fn a_flush_of_what_was_there_can_be_refused() {
    let test = test_name(module_path!(), "a_flush_of_what_was_there_can_be_refused");
    with_failing("fsync", 2, &["EACCES"], &test, |directory| {
        mark("begin");
        let _backend = open(&directory.join("store"));
        mark("end");
    });
}
