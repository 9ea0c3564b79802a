//! A directory with someone's things in it is no store, and stays as it is, unless it is adopted.

use std::path::Path;

use steadfast_core::PersistenceError;
use steadfast_file::FileBackend;

use crate::support::{contents, get, keys, open, place, save};

fn refused(path: &Path) -> String {
    let before = contents(path);
    let failure = FileBackend::open(path).unwrap_err();
    assert_eq!(contents(path), before);
    match failure {
        PersistenceError::NotAStore { found, .. } => found,
        other => panic!("{other}"),
    }
}

#[test]
fn foreign_directory_is_refused_unchanged() {
    let (_guard, path) = place();
    std::fs::create_dir_all(path.join("photos")).unwrap();
    std::fs::write(path.join("letter.txt"), "dear").unwrap();
    std::fs::write(path.join("zebra"), "").unwrap();
    assert_eq!(refused(&path), "`letter.txt`");
}

/// The lock's file came back with it, and its folders under names that are no keys.
#[test]
fn a_store_whose_folders_have_other_names_is_not_begun_anew() {
    for [manifest, wal] in [
        ["MANIFEST", "WAL"],
        ["Manifest", "wal"],
        ["manifest (copy)", "wal (copy)"],
        ["manifest ~", "wal"],
    ] {
        let (_guard, path) = place();
        let backend = open(&path);
        save(&backend, "manifest/0000000000000001", b"1").unwrap();
        save(&backend, "wal/0000000000000002", b"2").unwrap();
        drop(backend);
        std::fs::rename(path.join("manifest"), path.join(manifest)).unwrap();
        std::fs::rename(path.join("wal"), path.join(wal)).unwrap();
        if path.join("manifest").exists() {
            println!("skipped: `{manifest}` is the same name here");
            continue;
        }
        assert_eq!(refused(&path), format!("`{manifest}`"));
        std::fs::rename(path.join(manifest), path.join("manifest")).unwrap();
        std::fs::rename(path.join(wal), path.join("wal")).unwrap();
        open(&path);
    }
    // What a backend keeps is its keys, whatever else people put there.
    let (_guard, path) = place();
    save(&open(&path), "wallet", b"1").unwrap();
    std::fs::write(path.join("Walls.txt"), "").unwrap();
    std::fs::create_dir(path.join("Pictures")).unwrap();
    assert_eq!(keys(&open(&path)), ["wallet"]);
}

#[test]
fn a_file_named_manifest_makes_no_store() {
    let (_guard, path) = place();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("manifest"), "of a ship").unwrap();
    assert_eq!(refused(&path), "`manifest`");
}

#[test]
fn a_folder_named_manifest_without_manifests_makes_no_store() {
    let (_guard, path) = place();
    std::fs::create_dir_all(path.join("manifest")).unwrap();
    std::fs::write(path.join("manifest/crew.txt"), "Ahab").unwrap();
    assert_eq!(refused(&path), "`manifest/crew.txt`");
    std::fs::write(path.join("manifest/0000000000000001"), "").unwrap();
    open(&path);
}

#[test]
fn what_systems_put_into_a_volume_is_nobodys() {
    let (_guard, path) = place();
    for name in [
        "lost+found",
        "System Volume Information",
        "$RECYCLE.BIN",
        ".Trash-1000",
        ".Trashes",
        ".Spotlight-V100",
        ".fseventsd",
        ".snapshots",
    ] {
        std::fs::create_dir_all(path.join(name)).unwrap();
    }
    for name in [
        "desktop.ini",
        ".DS_Store",
        "Thumbs.db",
        ".nfs0000000000000001",
    ] {
        std::fs::write(path.join(name), "").unwrap();
    }
    open(&path);
    for name in ["trash", ".Trash", "lost", "desktop.ini.old", ".steadfast"] {
        assert!(!FileBackend::is_bystander(name), "{name}");
    }
}

#[test]
fn hidden_files_are_someones_too() {
    let (_guard, path) = place();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join(".profile"), "").unwrap();
    assert_eq!(refused(&path), "`.profile`");
}

#[test]
fn adopting_leaves_foreign_files_alone() {
    let (_guard, path) = place();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("README.md"), "by hand").unwrap();
    std::fs::write(path.join("notes.txt"), "by hand").unwrap();
    let backend = FileBackend::adopt(&path).unwrap();
    save(&backend, "settings.json", b"{}").unwrap();
    // A file whose name is a key is a key; others are not shown.
    assert_eq!(keys(&backend), ["notes.txt", "settings.json"]);
    assert_eq!(std::fs::read(path.join("README.md")).unwrap(), b"by hand");
}

#[test]
fn empty_directories_and_stores_are_opened() {
    let (_guard, path) = place();
    std::fs::create_dir_all(path.join("lost+found")).unwrap();
    save(&open(&path), "key", b"1").unwrap();
    // The lock file says whose it is.
    assert_eq!(get(&open(&path), "key").unwrap(), b"1");
}

#[test]
fn a_store_copied_without_its_dotted_files_is_opened() {
    let (_guard, path) = place();
    std::fs::create_dir_all(path.join("manifest")).unwrap();
    std::fs::create_dir_all(path.join("wal")).unwrap();
    open(&path);
}

#[test]
fn missing_directories_are_made() {
    let (_guard, path) = place();
    save(&open(&path.join("deep/er")), "key", b"1").unwrap();
    assert_eq!(std::fs::read(path.join("deep/er/key")).unwrap(), b"1");
}
