//! A writer whom the lock did not protect hears of its successor before it answers `Ok`: the lock's
//! file was removed, or the successor came through a mount that keeps locks of its own. What it
//! acknowledged before, the successor finds.
#![cfg(unix)]

use std::path::Path;

use bytes::Bytes;
use steadfast_core::{PersistenceError, Precondition, Staged, StorageBackend};
use steadfast_file::FileBackend;

use crate::support::mounts::Mount;
use crate::support::{append, create, get, key, now, open, place, save, stage, sync, temporaries};

#[track_caller]
fn is_fenced(answer: Result<(), PersistenceError>) {
    match answer {
        Err(PersistenceError::Fenced { .. }) => {}
        // What it has written, the successor may have found.
        Err(PersistenceError::OutcomeUnknown { source, .. }) => {
            assert!(
                source.to_string().contains("another writer has taken over"),
                "{source}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// A first writer, and a second one that the lock does not keep out.
fn overtaken(path: &Path) -> (FileBackend, FileBackend) {
    let first = open(path);
    append(&first, "log", 0, b"1").unwrap();
    sync(&first, "log").unwrap();
    save(&first, "key", b"1").unwrap();
    // It makes the directory a store, also without its lock.
    save(&first, "manifest/0000000000000001", b"1").unwrap();
    std::fs::remove_file(path.join(".steadfast.lock")).unwrap();
    let second = open(path);
    assert_eq!(get(&second, "log").unwrap(), b"1");
    assert_eq!(get(&second, "key").unwrap(), b"1");
    (first, second)
}

#[test]
fn an_append_is_not_acknowledged() {
    let (_guard, path) = place();
    let (first, _second) = overtaken(&path);
    // The first after a flush, and others.
    is_fenced(append(&first, "log", 1, b"2"));
    is_fenced(append(&first, "log", 2, b"3"));
    is_fenced(append(&first, "new", 0, b"1"));
    is_fenced(now(first.write(&key("new"), Bytes::from_static(b"1"))));
}

/// A copy by hard links keeps the file of the claim, and so does whoever moves it.
#[test]
fn another_name_of_the_claim_does_not_stand_for_it() {
    for moved in [false, true] {
        let (guard, path) = place();
        let first = open(&path);
        save(&first, "manifest/0000000000000001", b"1").unwrap();
        let claim = claim_in(&path);
        if moved {
            std::fs::rename(&claim, path.join("moved")).unwrap();
        } else {
            std::fs::hard_link(&claim, guard.path().join("kept")).unwrap();
        }
        std::fs::remove_file(path.join(".steadfast.lock")).unwrap();
        let _second = open(&path);
        is_fenced(append(&first, "log", 0, b"1"));
        is_fenced(save(&first, "key", b"1"));
    }
}

/// The one claim in a store.
fn claim_in(path: &Path) -> std::path::PathBuf {
    let mut names = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    names
        .find(|path| path.extension().is_some_and(|ending| ending == "claim"))
        .unwrap()
}

#[test]
fn saves_and_deletions_are_refused_and_change_nothing() {
    let (_guard, path) = place();
    let (first, second) = overtaken(&path);
    save(&second, "key", b"2").unwrap();
    is_fenced(save(&first, "key", b"3"));
    is_fenced(create(&first, "new", b"3"));
    is_fenced(now(first.delete(&key("key"))));
    assert_eq!(get(&second, "key").unwrap(), b"2");
    assert_eq!(get(&second, "new"), None);
    assert_eq!(temporaries(&path), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_save_begun_before_is_not_published() {
    let (_guard, path) = place();
    let first = open(&path);
    let staged = stage(&first, "key", b"1");
    std::fs::remove_file(path.join(".steadfast.lock")).unwrap();
    let second = open(&path);
    // Without it no rename can follow that the first writer has looked for before.
    assert_eq!(temporaries(&path), Vec::<std::path::PathBuf>::new());
    save(&second, "key", b"2").unwrap();
    is_fenced(now(staged.commit(Precondition::None)));
    assert_eq!(get(&second, "key").unwrap(), b"2");
}

#[test]
fn the_second_writer_is_not_disturbed_and_a_third_is_refused() {
    let (_guard, path) = place();
    let (first, second) = overtaken(&path);
    drop(first);
    save(&second, "key", b"2").unwrap();
    append(&second, "log", 1, b"2").unwrap();
    sync(&second, "log").unwrap();
    let third = FileBackend::open(&path);
    assert!(
        matches!(third, Err(PersistenceError::Locked { .. })),
        "{third:?}"
    );
}

/// A clean-up that took the claim away leaves a writer that cannot know whether it is the only one.
#[test]
fn a_writer_without_its_claim_acknowledges_nothing() {
    let (_guard, path) = place();
    let backend = open(&path);
    std::fs::remove_file(claim_in(&path)).unwrap();
    is_fenced(save(&backend, "key", b"1"));
    drop(backend);
    save(&open(&path), "key", b"1").unwrap();
}

/// Claims are told by their names, and nobody else's file is removed.
#[test]
fn what_only_looks_like_a_claim_is_left_alone() {
    let (_guard, path) = place();
    drop(open(&path));
    let names = [
        ".steadfast.0123456789abcde.claim",
        ".steadfast.0123456789ABCDEF.claim",
        ".steadfast.0123456789abcdef.claims",
        "0123456789abcdef.claim",
    ];
    for name in names {
        std::fs::write(path.join(name), "mine").unwrap();
    }
    std::fs::create_dir(path.join(".steadfast.0123456789abcdee.claim")).unwrap();
    std::fs::write(path.join(".steadfast.0123456789abcdef.claim"), "").unwrap();
    drop(open(&path));
    for name in names {
        assert_eq!(std::fs::read(path.join(name)).unwrap(), b"mine", "{name}");
    }
    assert!(!path.join(".steadfast.0123456789abcdef.claim").exists());
}

/// Locks taken above an overlay and below it do not meet.
#[test]
fn a_writer_that_came_by_another_mount_is_noticed() {
    for is_first_above in [true, false] {
        let Some(mount) = Mount::tmpfs("size=16m") else {
            return;
        };
        let Some(overlay) = mount.overlay() else {
            return;
        };
        let (above, below) = (overlay.join("store"), mount.join("upper/store"));
        let (path_first, path_second) = if is_first_above {
            (&above, &below)
        } else {
            (&below, &above)
        };
        let first = open(path_first);
        append(&first, "log", 0, b"1").unwrap();
        sync(&first, "log").unwrap();
        let staged = stage(&first, "key", b"1");
        let second = open(path_second);
        assert_eq!(get(&second, "log").unwrap(), b"1");
        is_fenced(append(&first, "log", 1, b"2"));
        assert!(now(staged.commit(Precondition::None)).is_err());
        save(&second, "key", b"2").unwrap();
        assert_eq!(get(&second, "key").unwrap(), b"2");
        now(second.append(&key("log2"), 0, Bytes::from_static(b"1"))).unwrap();
        sync(&second, "log2").unwrap();
    }
}
