//! The order that makes a save atomic and durable: write the bytes, flush the file, rename it,
//! flush the directory.
#![cfg(target_os = "linux")]

use std::path::Path;

use steadfast_file::write_atomically;

use crate::support::process::test_name;
use crate::support::trace::{Call, decisive, mark, names, traced};
use crate::support::{create, open, save};

fn in_order(calls: &[Call], rename: &str, folder: &Path, target: &str) {
    let decisive = decisive(calls);
    assert_eq!(
        names(&decisive),
        ["write", "fsync", rename, "fsync"],
        "{calls:#?}"
    );
    let [write, file_flush, rename, directory_flush] = decisive[..] else {
        unreachable!()
    };
    // The file that is written is the one that is flushed and renamed: the temporary file.
    let temporary = write.arguments.split(['<', '>']).nth(1).unwrap();
    let name = temporary
        .strip_prefix(&format!("{}/", folder.display()))
        .unwrap();
    assert!(file_flush.is_on(Path::new(temporary)), "{calls:#?}");
    assert!(rename.is_on(folder), "{calls:#?}");
    assert!(
        rename.arguments.contains(&format!("\"{name}\"")),
        "{calls:#?}"
    );
    assert!(
        rename.arguments.contains(&format!("\"{target}\"")),
        "{calls:#?}"
    );
    assert!(directory_flush.is_on(folder), "{calls:#?}");
}

#[test]
fn a_replacing_save_is_in_order() {
    let test = test_name(module_path!(), "a_replacing_save_is_in_order");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        save(&backend, "key", b"old").unwrap();
        mark("begin");
        save(&backend, "key", b"new").unwrap();
        mark("end");
    }) else {
        return;
    };
    in_order(&calls, "renameat", &guard.path().join("store"), "key");
}

#[test]
fn a_new_key_in_a_folder_is_saved_in_order() {
    let test = test_name(module_path!(), "a_new_key_in_a_folder_is_saved_in_order");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        save(&backend, "manifest/1", b"old").unwrap();
        mark("begin");
        save(&backend, "manifest/2", b"new").unwrap();
        mark("end");
    }) else {
        return;
    };
    in_order(
        &calls,
        "renameat",
        &guard.path().join("store/manifest"),
        "2",
    );
}

#[test]
fn an_exclusive_save_is_in_order() {
    let test = test_name(module_path!(), "an_exclusive_save_is_in_order");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        create(&backend, "manifest/1", b"old").unwrap();
        mark("begin");
        create(&backend, "manifest/2", b"new").unwrap();
        mark("end");
    }) else {
        return;
    };
    in_order(
        &calls,
        "renameat2",
        &guard.path().join("store/manifest"),
        "2",
    );
    let rename = calls.iter().find(|call| call.name == "renameat2").unwrap();
    assert!(rename.arguments.contains("RENAME_NOREPLACE"), "{calls:#?}");
}

#[test]
fn a_single_file_is_saved_in_order() {
    let test = test_name(module_path!(), "a_single_file_is_saved_in_order");
    let Some((guard, calls)) = traced(&test, |directory| {
        mark("begin");
        write_atomically(directory.join("file"), "new").unwrap();
        mark("end");
    }) else {
        return;
    };
    in_order(&calls, "renameat", guard.path(), "file");
}
