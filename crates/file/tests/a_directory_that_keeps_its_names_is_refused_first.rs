//! Where no name can be replaced or removed, that is said before anything is made.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use steadfast_file::{AtomicFile, FileBackend, write_atomically};

use crate::support::{open, save};

/// A directory with an attribute, for as long as this lives.
struct Kept(PathBuf, &'static str);

impl Kept {
    fn with(path: &Path, attribute: &'static str) -> Option<Self> {
        if chattr(&format!("+{attribute}"), path) {
            return Some(Self(path.to_owned(), attribute));
        }
        println!("skipped: attributes cannot be set here");
        None
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        chattr(&format!("-{}", self.1), &self.0);
    }
}

fn chattr(change: &str, path: &Path) -> bool {
    let done = Command::new("chattr").arg(change).arg(path).output();
    done.is_ok_and(|output| output.status.success())
}

fn names(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

#[test]
fn a_save_leaves_nothing_there() {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    fs::write(&path, "old").unwrap();
    for (attribute, word) in [("a", "append-only"), ("i", "immutable")] {
        let Some(_kept) = Kept::with(guard.path(), attribute) else {
            return;
        };
        for target in [&path, &guard.path().join("new")] {
            let said = write_atomically(target, "new").unwrap_err().to_string();
            assert!(said.contains(word) && said.contains("chattr"), "{said}");
        }
        let new = AtomicFile::options().no_clobber();
        assert!(new.open(guard.path().join("new")).is_err());
        assert_eq!(names(guard.path()), std::slice::from_ref(&path));
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
    write_atomically(&path, "new").unwrap();
}

#[test]
fn a_store_leaves_nothing_there() {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("store");
    fs::create_dir(&path).unwrap();
    for used in [false, true] {
        if used {
            save(&open(&path), "folder/key", b"old").unwrap();
        }
        let before = names(&path);
        for (attribute, word) in [("a", "append-only"), ("i", "immutable")] {
            let Some(_kept) = Kept::with(&path, attribute) else {
                return;
            };
            let said = FileBackend::open(&path).unwrap_err().to_string();
            assert!(said.contains(word) && said.contains("chattr"), "{said}");
            assert_eq!(names(&path), before);
        }
    }
    // A folder of it.
    let folder = path.join("folder");
    let Some(_kept) = Kept::with(&folder, "a") else {
        return;
    };
    let backend = open(&path);
    assert!(save(&backend, "folder/key", b"new").is_err());
    assert_eq!(names(&folder), [folder.join("key")]);
}
