//! Nothing outside of a store's directory is read, written, made or removed through a link that
//! somebody put into it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use steadfast_core::{PersistenceError, Prefix, StorageBackend, WHOLE};
use steadfast_file::FileBackend;

use crate::support::{append, contents, get, key, keys, now, open, place, save, sync};

const LEFTOVER: &str = ".steadfast.0123456789abcdef.tmp";

/// A store, and a directory beside it with a file, a folder and something that looks like a
/// leftover.
fn store_and_outside() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let (guard, path) = place();
    save(&open(&path), "own", b"1").unwrap();
    let outside = guard.path().join("outside");
    fs::create_dir_all(outside.join("deep")).unwrap();
    fs::write(outside.join("file"), "precious").unwrap();
    fs::write(outside.join("deep").join(LEFTOVER), "theirs").unwrap();
    (guard, path, outside)
}

fn assert_names_the_link<T: std::fmt::Debug>(done: Result<T, PersistenceError>, name: &str) {
    let failure = done.unwrap_err().to_string();
    let expected = format!("`{name}` is a symbolic link");
    assert!(failure.contains(&expected), "{failure}");
}

#[test]
fn names_of_a_stores_own_lead_nowhere() {
    for name in [".steadfast.lock", ".steadfast.0123456789abcdef.claim"] {
        let (_guard, path, outside) = store_and_outside();
        let _ = fs::remove_file(path.join(name));
        for target in ["file", "made"] {
            symlink(outside.join(target), path.join(name)).unwrap();
            let before = contents(&outside);
            let opened = FileBackend::open(&path);
            assert_eq!(contents(&outside), before, "{name}");
            if name == ".steadfast.lock" {
                assert_names_the_link(opened, name);
            } else {
                drop(opened);
            }
            let _ = fs::remove_file(path.join(name));
        }
    }
}

#[test]
fn a_pipe_or_a_device_is_no_lock() {
    let (_guard, path, _) = store_and_outside();
    fs::remove_file(path.join(".steadfast.lock")).unwrap();
    let made = Command::new("mkfifo")
        .arg(path.join(".steadfast.lock"))
        .status();
    assert!(made.unwrap().success());
    let failure = FileBackend::open(&path).unwrap_err().to_string();
    assert!(
        failure.contains("`.steadfast.lock` is not a regular file"),
        "{failure}"
    );
}

#[test]
fn what_a_link_leads_to_is_neither_walked_nor_cleaned() {
    let (_guard, path, outside) = store_and_outside();
    for (name, target) in [
        ("x", outside.as_path()),
        ("y", Path::new("/proc")),
        ("link", &outside.join("file")),
        ("circle", Path::new(".")),
        ("dangling", Path::new("nowhere")),
        (LEFTOVER, &outside.join("file")),
    ] {
        symlink(target, path.join(name)).unwrap();
    }
    let before = contents(&outside);
    let backend = open(&path);
    assert_eq!(keys(&backend), ["own"]);
    save(&backend, "own", b"2").unwrap();
    let reader = FileBackend::open_read_only(&path).unwrap();
    assert_eq!(keys(&reader), ["own"]);
    assert_eq!(contents(&outside), before);
}

#[test]
fn a_key_behind_a_link_is_neither_there_nor_absent() {
    let (_guard, path, outside) = store_and_outside();
    symlink(&outside, path.join("folder")).unwrap();
    symlink(outside.join("file"), path.join("link")).unwrap();
    symlink(outside.join("made"), path.join("dangling")).unwrap();
    let before = contents(&outside);
    let backend = open(&path);
    for (name, link) in [
        ("folder/file", "folder"),
        ("folder/deep/made", "folder"),
        ("link", "link"),
        ("dangling", "dangling"),
    ] {
        assert_names_the_link(now(backend.read(&key(name), WHOLE)), link);
        assert_names_the_link(append(&backend, name, 0, b"x"), link);
        assert_names_the_link(now(backend.write(&key(name), "x".into())), link);
        assert_names_the_link(sync(&backend, name), link);
    }
    assert_names_the_link(save(&backend, "folder/made", b"x"), "folder");
    assert_names_the_link(now(backend.delete(&key("folder/file"))), "folder");
    for folder in ["folder", "folder/deep"] {
        let prefix = Prefix::folder(folder).unwrap();
        assert_names_the_link(now(backend.list(&prefix)), "folder");
    }
    assert_eq!(contents(&outside), before);
    // The name is taken by the new file, and not what the link leads to.
    save(&backend, "link", b"new").unwrap();
    assert_eq!(get(&backend, "link").unwrap(), b"new");
    assert_eq!(contents(&outside), before);
}

#[test]
fn a_store_that_was_moved_and_linked_is_not_taken_for_empty() {
    let segment = "wal/0000000000000001";
    for name in ["wal", "manifest", "snapshot", segment] {
        let (_guard, path, outside) = store_and_outside();
        let backend = open(&path);
        save(&backend, segment, b"commits").unwrap();
        save(&backend, "manifest/0000000000000001", b"which").unwrap();
        save(&backend, "snapshot/0000000000000002", b"state").unwrap();
        drop(backend);
        fs::rename(path.join(name), outside.join("moved")).unwrap();
        symlink(outside.join("moved"), path.join(name)).unwrap();
        let before = contents(&outside);
        let last = name.rsplit('/').next().unwrap();
        assert_names_the_link(FileBackend::open(&path), last);
        let reader = FileBackend::open_read_only(&path).unwrap();
        assert_names_the_link(now(reader.list(&Prefix::ROOT)), last);
        assert_eq!(contents(&outside), before);

        // Neither is one with something else in the place of what it needs.
        fs::remove_file(path.join(name)).unwrap();
        let made = Command::new("mkfifo").arg(path.join(name)).status();
        assert!(made.unwrap().success());
        let failure = now(reader.list(&Prefix::ROOT)).unwrap_err().to_string();
        assert!(
            failure.contains(&format!("`{last}` is not a regular file")),
            "{failure}"
        );
    }
}

#[test]
fn a_pipe_in_the_place_of_a_folder_is_no_absence() {
    let (_guard, path, _) = store_and_outside();
    let made = Command::new("mkfifo").arg(path.join("folder")).status();
    assert!(made.unwrap().success());
    let backend = open(&path);
    let failure = now(backend.read(&key("folder/file"), WHOLE))
        .unwrap_err()
        .to_string();
    assert!(
        failure.contains("`folder` is not a regular file"),
        "{failure}"
    );
}

#[test]
fn the_stores_directory_itself_may_be_linked() {
    let (guard, path, _) = store_and_outside();
    let link = guard.path().join("link");
    symlink(&path, &link).unwrap();
    let backend = open(&link);
    save(&backend, "folder/new", b"2").unwrap();
    drop(backend);
    assert_eq!(keys(&open(&path)), ["folder/new", "own"]);
}
