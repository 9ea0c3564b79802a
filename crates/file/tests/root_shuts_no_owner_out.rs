//! What root makes in a store of another user's belongs to that user: one run as root takes no
//! store away from its owner.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use steadfast_file::write_atomically;

use crate::support::users::{as_user, is_root};
use crate::support::{append, contents, create, get, open, save, sync};

const USER: u32 = 1234;
const GROUP: u32 = 2345;

/// A directory of the user's, with a path that the user may go.
fn home() -> (tempfile::TempDir, std::path::PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("store");
    fs::create_dir(&path).unwrap();
    for path in [guard.path(), &path] {
        chown(path, Some(USER), Some(GROUP)).unwrap();
    }
    (guard, path)
}

fn owner(path: &Path) -> (u32, u32) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.uid(), metadata.gid())
}

#[test]
fn what_root_makes_in_a_store_is_its_owners() {
    if !is_root() {
        return;
    }
    let (_guard, path) = home();
    let backend = open(&path);
    save(&backend, "saved/deeper/key", b"1").unwrap();
    create(&backend, "created", b"2").unwrap();
    append(&backend, "log/1", 0, b"3").unwrap();
    sync(&backend, "log/1").unwrap();
    let found = contents(&path);
    assert!(found.len() >= 7, "{found:?}");
    for (path, _) in found {
        assert_eq!(owner(&path), (USER, GROUP), "{}", path.display());
    }
    drop(backend);
    as_user(USER, GROUP, &[], || {
        let backend = open(&path);
        append(&backend, "log/1", 1, b"4").unwrap();
        save(&backend, "saved/deeper/other", b"5").unwrap();
        assert_eq!(get(&backend, "log/1").unwrap(), b"34");
    });
}

#[test]
fn what_root_only_found_is_not_given_away() {
    if !is_root() {
        return;
    }
    let (guard, path) = home();
    // The owner may put names there for what is root's.
    let secret = guard.path().join("secret");
    fs::write(&secret, "root's").unwrap();
    fs::hard_link(&secret, path.join(".steadfast.lock")).unwrap();
    fs::create_dir_all(path.join("folder/inner")).unwrap();
    let backend = open(&path);
    save(&backend, "folder/key", b"1").unwrap();
    assert_eq!(owner(&secret), (0, 0));
    assert_eq!(fs::read(&secret).unwrap(), b"root's");
    assert_eq!(owner(&path.join("folder")), (0, 0));
    assert_eq!(owner(&path.join("folder/key")), (USER, GROUP));
}

#[test]
fn a_file_of_its_own_is_roots() {
    if !is_root() {
        return;
    }
    let (_guard, path) = home();
    write_atomically(path.join("file"), "new").unwrap();
    assert_eq!(owner(&path.join("file")).0, 0);
    // And in a store of root's own nothing changes hands.
    let (_guard, path) = crate::support::place();
    save(&open(&path), "key", b"1").unwrap();
    assert_eq!(owner(&path.join("key")).0, 0);
}
