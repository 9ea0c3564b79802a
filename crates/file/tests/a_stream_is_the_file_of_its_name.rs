//! A stream is the file that its name leads to. Where that is another one, because a copy was put
//! in its place or its folder was moved, nothing that is written to the old one is acknowledged:
//! also where the old file keeps other names, as in a backup by hard links.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use steadfast_core::{PersistenceError, Precondition, Staged, StorageBackend};

use crate::support::{append, key, now, open, place, stage, sync};

#[track_caller]
fn is_removed(answer: &Result<(), PersistenceError>) {
    assert!(
        matches!(answer, Err(PersistenceError::Removed { .. })),
        "{answer:?}"
    );
}

/// Done to the store in this directory.
type Change = fn(&Path);

/// What people and programs do to a file that is in use, and the file keeps a name.
const CHANGES: [(&str, Change); 4] = [
    (
        "a copy in its place, beside a backup by hard links",
        |store| {
            let log = store.join("wal/log");
            fs::hard_link(&log, store.with_extension("kept")).unwrap();
            fs::copy(&log, store.with_extension("copy")).unwrap();
            fs::rename(store.with_extension("copy"), log).unwrap();
        },
    ),
    ("an editor's way to keep the old file", |store| {
        let (log, old) = (store.join("wal/log"), store.join("wal/log~"));
        fs::rename(&log, &old).unwrap();
        fs::copy(old, log).unwrap();
    }),
    ("its folder moved, and copied back", |store| {
        let (folder, moved) = (store.join("wal"), store.with_extension("moved"));
        fs::rename(&folder, &moved).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::copy(moved.join("log"), folder.join("log")).unwrap();
    }),
    ("the file moved away", |store| {
        fs::rename(store.join("wal/log"), store.with_extension("moved")).unwrap();
    }),
];

#[test]
fn an_append_to_another_file_is_not_acknowledged() {
    for (what, change) in CHANGES {
        for has_room in [false, true] {
            for is_before_the_append in [false, true] {
                let (_guard, path) = place();
                let backend = open(&path);
                append(&backend, "wal/log", 0, b"1").unwrap();
                sync(&backend, "wal/log").unwrap();
                if has_room {
                    // Then appends that a flush follows go past the cache.
                    now(backend.reserve(&key("wal/log"), 1 << 16)).unwrap();
                    append(&backend, "wal/log", 1, b"2").unwrap();
                    sync(&backend, "wal/log").unwrap();
                }
                let end = if has_room { 2 } else { 1 };
                if is_before_the_append {
                    change(&path);
                }
                append(&backend, "wal/log", end, b"3").unwrap();
                if !is_before_the_append {
                    change(&path);
                }
                println!("{what}, room ahead: {has_room}, before: {is_before_the_append}");
                is_removed(&sync(&backend, "wal/log"));
            }
        }
    }
}

#[test]
fn a_save_into_a_folder_that_was_moved_is_not_acknowledged() {
    for precondition in [Precondition::None, Precondition::Absent] {
        for is_made_anew in [false, true] {
            let (_guard, path) = place();
            let backend = open(&path);
            let staged = stage(&backend, "folder/key", b"1");
            let folder = path.join("folder");
            fs::rename(&folder, path.with_extension("moved")).unwrap();
            if is_made_anew {
                fs::create_dir(&folder).unwrap();
            }
            is_removed(&now(staged.commit(precondition)));
            assert!(!folder.join("key").exists());
        }
    }
}
