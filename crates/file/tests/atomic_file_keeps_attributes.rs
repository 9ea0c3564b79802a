//! A saved file has the mode, the owner and the attributes of the one that it replaces.
#![cfg(target_os = "linux")]

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use steadfast_file::{AtomicFile, write_atomically};

use crate::support::access_list::{self, DEFAULT_LIST, LIST, NOBODY};
use crate::support::{open, save};

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn the_mode_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    for kept in [0o600, 0o640, 0o664, 0o751, 0o4755, 0o444] {
        std::fs::write(&path, "old").unwrap();
        set_mode(&path, kept);
        write_atomically(&path, "new").unwrap();
        assert_eq!(mode(&path), kept, "{kept:o}");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_new_file_gets_what_any_new_file_gets() {
    let directory = tempfile::tempdir().unwrap();
    let (plain, saved) = (
        directory.path().join("plain"),
        directory.path().join("saved"),
    );
    std::fs::write(&plain, "").unwrap();
    write_atomically(&saved, "").unwrap();
    assert_eq!(mode(&saved), mode(&plain));
    set_mode(&saved, 0o600);
    AtomicFile::options()
        .preserve(false)
        .open(&saved)
        .unwrap()
        .commit()
        .unwrap();
    assert_eq!(mode(&saved), mode(&plain));

    let backend = open(&directory.path().join("store"));
    save(&backend, "key", b"").unwrap();
    assert_eq!(mode(&directory.path().join("store/key")), mode(&plain));
}

#[test]
fn a_key_keeps_its_mode() {
    let directory = tempfile::tempdir().unwrap();
    let backend = open(&directory.path().join("store"));
    save(&backend, "key", b"old").unwrap();
    set_mode(&directory.path().join("store/key"), 0o640);
    save(&backend, "key", b"new").unwrap();
    assert_eq!(mode(&directory.path().join("store/key")), 0o640);
}

#[test]
fn the_owner_is_kept_where_permitted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "old").unwrap();
    if chown(&path, Some(1234), Some(2345)).is_err() {
        println!("skipped: giving files away is not permitted here");
        return;
    }
    set_mode(&path, 0o6750);
    write_atomically(&path, "new").unwrap();
    let metadata = std::fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (1234, 2345));
    assert_eq!(
        mode(&path),
        0o6750,
        "a change of owner clears these bits unless the mode comes after"
    );
}

#[test]
fn extended_attributes_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "old").unwrap();
    if let Err(error) = xattr::set(&path, "user.origin", b"\0binary\xff") {
        println!("skipped: no extended attributes here ({error})");
        return;
    }
    xattr::set(&path, "user.empty", b"").unwrap();
    write_atomically(&path, "new").unwrap();
    assert_eq!(
        xattr::get(&path, "user.origin").unwrap().unwrap(),
        b"\0binary\xff"
    );
    assert_eq!(xattr::get(&path, "user.empty").unwrap().unwrap(), b"");
}

/// An access list that lets this user read.
fn list_for(user: u32) -> Vec<u8> {
    access_list::access_list(&[
        (access_list::OWNER, 6, NOBODY),
        (access_list::USER, 4, user),
        (access_list::GROUP, 0, NOBODY),
        (access_list::MASK, 4, NOBODY),
        (access_list::OTHERS, 0, NOBODY),
    ])
}

#[test]
fn access_lists_are_kept_and_none_is_inherited() {
    let directory = tempfile::tempdir().unwrap();
    let (open, closed) = (
        directory.path().join("open"),
        directory.path().join("closed"),
    );
    std::fs::write(&open, "old").unwrap();
    std::fs::write(&closed, "old").unwrap();
    set_mode(&closed, 0o640);
    if let Err(error) = xattr::set(&open, LIST, &list_for(1234)) {
        println!("skipped: no access lists here ({error})");
        return;
    }
    // What is created from now on lets 4321 in; the file that is replaced did not.
    xattr::set(directory.path(), DEFAULT_LIST, &list_for(4321)).unwrap();
    write_atomically(&open, "new").unwrap();
    write_atomically(&closed, "new").unwrap();
    let found = xattr::get(&open, LIST).unwrap();
    assert_eq!(found, Some(list_for(1234)));
    assert_eq!(xattr::get(&closed, LIST).unwrap(), None);
    assert_eq!(mode(&closed), 0o640);
}
