//! A folder that stands under a name that the store will want is passed over, or named where it
//! cannot be; it is never another writer.

use std::fs;
use std::path::{Path, PathBuf};

use steadfast_core::{Kv, PersistenceError, Store, StoreOptions, verify};
use steadfast_file::FileBackend;

use crate::support::{append, open, place};

type Opened = Store<Kv, FileBackend>;

fn open_store(path: &Path) -> Result<Opened, PersistenceError> {
    pollster::block_on(Store::open(open(path), StoreOptions::default()))
}

fn put(store: &Opened, number: u8) -> Result<(), PersistenceError> {
    let batch = Kv::put([number], [number]).unwrap();
    pollster::block_on(store.commit(batch)).map(drop)
}

/// A store with one commit, closed or left open, and the number that its next file will have in one
/// of its folders.
fn begun(path: &Path, is_closed: bool, folder: &str) -> u64 {
    let store = open_store(path).unwrap();
    put(&store, 0).unwrap();
    if is_closed {
        pollster::block_on(store.close()).unwrap();
    }
    // Segments and snapshots share their numbers.
    let folder = if folder == "manifest" { folder } else { "wal" };
    let names = fs::read_dir(path.join(folder)).unwrap();
    let numbers = names.map(|entry| {
        let name = entry.unwrap().file_name();
        u64::from_str_radix(name.to_str().unwrap(), 16).unwrap()
    });
    numbers.max().unwrap() + 1
}

fn block(path: &Path, folder: &str, number: u64, is_empty: bool) -> PathBuf {
    let folder = path.join(folder).join(format!("{number:016x}"));
    fs::create_dir_all(&folder).unwrap();
    if !is_empty {
        fs::write(folder.join("note"), "a user's").unwrap();
    }
    folder
}

#[test]
fn segments_and_snapshots_take_the_numbers_after_it() {
    for folder in ["wal", "snapshot"] {
        for (is_closed, is_empty) in [(true, true), (true, false), (false, true), (false, false)] {
            let case = format!("{folder}, closed: {is_closed}, empty: {is_empty}");
            let (_guard, path) = place();
            let next = begun(&path, is_closed, folder);
            let folders: Vec<_> = (next..next + 5)
                .map(|number| block(&path, folder, number, is_empty))
                .collect();
            for number in 1..4 {
                let store = open_store(&path).unwrap_or_else(|error| panic!("{case}: {error}"));
                put(&store, number).unwrap_or_else(|error| panic!("{case}: {error}"));
                if number == 2 {
                    let taken = pollster::block_on(store.snapshot());
                    taken.unwrap_or_else(|error| panic!("{case}: {error}"));
                }
                let len = store.read(Kv::len).unwrap();
                assert_eq!(len, usize::from(number) + 1, "{case}");
            }
            let report = pollster::block_on(verify(&open(&path))).unwrap();
            assert!(report.is_sound(), "{case}: {report:?}");
            for folder in folders {
                assert_eq!(folder.join("note").exists(), !is_empty, "{case}");
                assert!(folder.is_dir(), "{case}");
            }
        }
    }
}

#[test]
fn one_under_the_next_manifests_name_is_named() {
    for is_closed in [true, false] {
        let (_guard, path) = place();
        let next = begun(&path, is_closed, "manifest");
        let folder = block(&path, "manifest", next, false);
        for _ in 0..2 {
            let refused = open_store(&path).err().unwrap().to_string();
            assert!(refused.contains(folder.to_str().unwrap()), "{refused}");
            assert!(refused.contains("a folder"), "{refused}");
            assert!(refused.contains("move it away"), "{refused}");
        }
        fs::remove_dir_all(&folder).unwrap();
        let store = open_store(&path).unwrap();
        put(&store, 1).unwrap();
        assert_eq!(store.read(Kv::len).unwrap(), 2);
    }
}

/// The same beside a writer that lives: it goes on as soon as the folder is gone.
#[test]
fn one_that_is_put_there_beside_a_writer_ends_nothing() {
    let (_guard, path) = place();
    let next = begun(&path, true, "manifest");
    let store = open_store(&path).unwrap();
    put(&store, 1).unwrap();
    let folder = block(&path, "manifest", next + 1, true);
    let refused = pollster::block_on(store.snapshot())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("move it away"), "{refused}");
    fs::remove_dir(&folder).unwrap();
    pollster::block_on(store.snapshot()).unwrap();
    put(&store, 2).unwrap();
    assert_eq!(store.read(Kv::len).unwrap(), 3);
}

#[test]
fn an_append_to_it_is_a_conflict_and_changes_nothing() {
    let (_guard, path) = place();
    let backend = open(&path);
    fs::create_dir(path.join("log")).unwrap();
    let refused = append(&backend, "log", 0, b"x").unwrap_err();
    assert!(
        matches!(refused, PersistenceError::Conflict { .. }),
        "{refused:?}"
    );
    assert!(path.join("log").is_dir());
}
