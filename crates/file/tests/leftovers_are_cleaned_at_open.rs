//! What a crash left of a save is removed at the next open; a save in progress is not.

use std::io::Write;

use steadfast_core::{Precondition, Staged};
use steadfast_file::{AtomicFile, FileBackend};

use crate::support::{contents, get, keys, now, open, place, save, stage, temporaries};

const LEFTOVER: &str = ".steadfast.0123456789abcdef.tmp";

#[test]
fn leftovers_are_cleaned_at_open() {
    let (_guard, path) = place();
    save(&open(&path), "a/b/key", b"1").unwrap();
    for folder in ["", "a", "a/b"] {
        std::fs::write(path.join(folder).join(LEFTOVER), "torn").unwrap();
    }
    assert_eq!(temporaries(&path).len(), 3);
    let backend = open(&path);
    assert_eq!(temporaries(&path).len(), 0);
    assert_eq!(keys(&backend), ["a/b/key"]);
}

#[test]
fn only_names_of_ours_are_cleaned() {
    let (_guard, path) = place();
    std::fs::create_dir(&path).unwrap();
    let foreign = [
        ".steadfast.tmp",
        ".steadfast.0123456789abcde.tmp",
        ".steadfast.0123456789ABCDEE.tmp",
        "steadfast.0123456789abcdef.tmp",
        "x.tmp",
    ];
    for name in foreign {
        std::fs::write(path.join(name), "kept").unwrap();
    }
    std::fs::create_dir(path.join(LEFTOVER)).unwrap();
    let _backend = FileBackend::adopt(&path).unwrap();
    for name in foreign {
        assert_eq!(std::fs::read(path.join(name)).unwrap(), b"kept", "{name}");
    }
    assert!(path.join(LEFTOVER).is_dir());
}

#[test]
fn a_save_in_progress_is_no_leftover() {
    let (_guard, path) = place();
    // A file of a user's, and a store below the directory that is opened.
    let inner = open(&path.join("inner"));
    let staged = stage(&inner, "key", b"whole");
    let mut file = AtomicFile::create(path.join("file")).unwrap();
    file.write_all(b"whole").unwrap();
    let before = contents(&path);
    let _outer = FileBackend::adopt(&path).unwrap();
    assert_eq!(temporaries(&path).len(), 2, "{before:?}");
    file.commit().unwrap();
    now(staged.commit(Precondition::None)).unwrap();
    assert_eq!(std::fs::read(path.join("file")).unwrap(), b"whole");
    assert_eq!(get(&inner, "key").unwrap(), b"whole");
}

/// A store of its own below another one: whoever opens the outer one has not overtaken its writer.
#[test]
fn a_save_in_progress_in_a_store_below_is_no_leftover() {
    let (_guard, path) = place();
    drop(open(&path));
    let inner = open(&path.join("inner"));
    let staged = [
        stage(&inner, "key", b"1"),
        stage(&inner, "folder/key", b"2"),
    ];
    let _outer = open(&path);
    for staged in staged {
        now(staged.commit(Precondition::None)).unwrap();
    }
    assert_eq!(keys(&inner), ["folder/key", "key"]);
}

#[cfg(unix)]
#[test]
fn a_killed_save_is_cleaned() {
    use crate::support::process::{child, given_directory, test_name};
    if let Some(directory) = given_directory() {
        let backend = open(&directory.join("store"));
        let _staged = stage(&backend, "folder/key", b"half");
        // Killed: nothing is dropped, nothing is cleaned.
        std::process::abort();
    }
    let guard = tempfile::tempdir().unwrap();
    let test = test_name(module_path!(), "a_killed_save_is_cleaned");
    assert!(
        !child(&test, guard.path())
            .output()
            .unwrap()
            .status
            .success()
    );
    let path = guard.path().join("store");
    assert_eq!(temporaries(&path).len(), 1);
    let backend = open(&path);
    assert_eq!(temporaries(&path).len(), 0);
    assert_eq!(keys(&backend), Vec::<String>::new());
}
