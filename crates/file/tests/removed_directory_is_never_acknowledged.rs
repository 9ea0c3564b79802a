//! A store whose directory was removed under it answers `Removed`: never an `Ok`, and never an
//! empty listing.
#![cfg(unix)]

use bytes::Bytes;
use steadfast_core::{PersistenceError, Precondition, Prefix, Staged, StorageBackend, WHOLE};
use steadfast_file::{AtomicFile, FileBackend};

use crate::support::{append, create, key, now, open, place, save, stage, sync};

#[track_caller]
fn is_removed<T>(answer: Result<T, PersistenceError>) {
    match answer {
        Err(PersistenceError::Removed { .. }) => {}
        Err(failure) => panic!("{failure}"),
        Ok(_) => panic!("acknowledged"),
    }
}

fn everything_answers_removed(backend: &FileBackend) {
    is_removed(save(backend, "key", b"x"));
    is_removed(save(backend, "folder/key", b"x"));
    is_removed(create(backend, "key", b"x"));
    is_removed(append(backend, "new", 0, b"x"));
    is_removed(append(backend, "new", 7, b"x"));
    is_removed(sync(backend, "new"));
    is_removed(now(backend.read(&key("key"), WHOLE)));
    is_removed(now(backend.read(&key("folder/key"), WHOLE)));
    is_removed(now(backend.list(&Prefix::ROOT)));
    is_removed(now(backend.list(&Prefix::folder("folder").unwrap())));
    is_removed(now(backend.write(&key("new"), Bytes::new())));
    is_removed(now(backend.delete(&key("key"))));
}

#[test]
fn a_removed_store_acknowledges_nothing() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "folder/key", b"1").unwrap();
    append(&backend, "log", 0, b"1").unwrap();
    sync(&backend, "log").unwrap();
    std::fs::remove_dir_all(&path).unwrap();

    is_removed(append(&backend, "log", 1, b"2"));
    is_removed(sync(&backend, "log"));
    let failure = append(&backend, "log", 2, b"3").unwrap_err();
    assert!(
        matches!(failure, PersistenceError::Poisoned { .. }),
        "{failure}"
    );
    everything_answers_removed(&backend);
    assert!(!path.exists());
}

#[test]
fn another_directory_in_its_place_is_not_written_to() {
    let (_guard, path) = place();
    let backend = open(&path);
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    everything_answers_removed(&backend);
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
}

#[test]
fn a_save_begun_before_is_not_acknowledged() {
    let (_guard, path) = place();
    let backend = open(&path);
    let in_root = stage(&backend, "key", b"x");
    let in_folder = stage(&backend, "folder/key", b"x");
    let created = stage(&backend, "other/key", b"x");
    std::fs::remove_dir_all(&path).unwrap();
    is_removed(now(in_root.commit(Precondition::None)));
    is_removed(now(in_folder.commit(Precondition::None)));
    is_removed(now(created.commit(Precondition::Absent)));
}

#[test]
fn a_removed_stream_is_not_acknowledged() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "wal/1", 0, b"1").unwrap();
    sync(&backend, "wal/1").unwrap();
    std::fs::remove_dir_all(path.join("wal")).unwrap();
    append(&backend, "wal/1", 1, b"2").unwrap();
    is_removed(sync(&backend, "wal/1"));
    // The store itself is there: a new segment gets a new folder.
    append(&backend, "wal/2", 0, b"1").unwrap();
    sync(&backend, "wal/2").unwrap();
    assert_eq!(std::fs::read(path.join("wal/2")).unwrap(), b"1");
}

#[test]
fn a_single_file_in_a_removed_directory_is_not_acknowledged() {
    let (_guard, path) = place();
    std::fs::create_dir(&path).unwrap();
    let file = AtomicFile::create(path.join("file")).unwrap();
    std::fs::remove_dir_all(&path).unwrap();
    is_removed(file.commit());
}

#[test]
fn a_moved_store_is_still_the_same_store() {
    let (guard, path) = place();
    let backend = open(&path);
    let moved = guard.path().join("moved");
    std::fs::rename(&path, &moved).unwrap();
    std::fs::create_dir(&path).unwrap();
    save(&backend, "key", b"1").unwrap();
    assert_eq!(std::fs::read(moved.join("key")).unwrap(), b"1");
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
}
