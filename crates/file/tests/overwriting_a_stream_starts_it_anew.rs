//! `write` and a save replace a stream; appends go on from the end of what is there now.

use steadfast_core::{PersistenceError, StorageBackend};

use crate::support::{append, get, key, now, open, place, replaces_open_files, save, sync};

fn write(backend: &steadfast_file::FileBackend, name: &str, data: &'static [u8]) {
    now(backend.write(&key(name), bytes::Bytes::from_static(data))).unwrap();
}

#[test]
fn written_streams_are_replaced() {
    let (_guard, path) = place();
    let backend = open(&path);
    write(&backend, "folder/key", b"a long first value");
    write(&backend, "folder/key", b"short");
    assert_eq!(get(&backend, "folder/key").unwrap(), b"short");
    append(&backend, "folder/key", 5, b"er").unwrap();
    sync(&backend, "folder/key").unwrap();
    assert_eq!(get(&backend, "folder/key").unwrap(), b"shorter");
}

#[test]
fn a_saved_stream_is_appended_to_at_its_new_end() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"old bytes").unwrap();
    sync(&backend, "log").unwrap();
    save(&backend, "log", b"new").unwrap();
    let failure = append(&backend, "log", 9, b"x").unwrap_err();
    assert!(
        matches!(failure, PersistenceError::Conflict { end: 3, .. }),
        "{failure}"
    );
    append(&backend, "log", 3, b"er").unwrap();
    sync(&backend, "log").unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"newer");
}

#[test]
fn a_save_replaces_what_was_not_synced() {
    if !replaces_open_files() {
        return;
    }
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"not synced").unwrap();
    save(&backend, "log", b"new").unwrap();
    sync(&backend, "log").unwrap();
    append(&backend, "log", 3, b"er").unwrap();
    sync(&backend, "log").unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"newer");
}

#[test]
fn an_absent_key_has_nothing_to_sync() {
    let (_guard, path) = place();
    sync(&open(&path), "absent").unwrap();
}
