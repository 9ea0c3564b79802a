//! The lock's file is for those who may write the store's directory, and for nobody else: who may
//! read a file may lock it.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::support::access_list::{self, LIST, NOBODY};
use crate::support::open;
use crate::support::process::{in_own_process, test_name};
use crate::support::users::{as_user, is_root};

const OWNER: u32 = 1111;
const WRITER: u32 = 1234;
const STRANGER: u32 = 4321;
const GROUP: u32 = 2345;

/// A directory of the owner's with these rights.
fn directory(parent: &Path, name: &str, mode: u32) -> PathBuf {
    fs::set_permissions(parent, fs::Permissions::from_mode(0o755)).unwrap();
    let path = parent.join(name);
    fs::create_dir(&path).unwrap();
    chown(&path, Some(OWNER), Some(GROUP)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn lock(store: &Path) -> PathBuf {
    store.join(".steadfast.lock")
}

fn rights(store: &Path) -> (u32, u32, u32) {
    let found = fs::metadata(lock(store)).unwrap();
    (found.mode() & 0o7777, found.uid(), found.gid())
}

#[test]
fn each_class_gets_what_it_has_on_the_directory() {
    let test = test_name(
        module_path!(),
        "each_class_gets_what_it_has_on_the_directory",
    );
    in_own_process(&test, |guard| {
        if !is_root() {
            return;
        }
        // What a program makes by default is for nobody else, and for everybody.
        for mask in [0o077, 0] {
            rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask));
            for (mode, wanted) in [
                (0o755, 0o600),
                (0o700, 0o600),
                (0o775, 0o660),
                (0o770, 0o660),
                (0o777, 0o666),
                (0o1777, 0o666),
                (0o757, 0o606),
            ] {
                let path = directory(guard, &format!("root-{mask:o}-{mode:o}"), mode);
                drop(open(&path));
                assert_eq!(rights(&path), (wanted, OWNER, GROUP), "{mode:o}");
                let path = directory(guard, &format!("owner-{mask:o}-{mode:o}"), mode);
                as_user(OWNER, OWNER, &[GROUP], || drop(open(&path)));
                assert_eq!(rights(&path), (wanted, OWNER, GROUP), "{mode:o}");
            }
            // A writer's own group is not the directory's: it gets nothing.
            let path = directory(guard, &format!("elsewhere-{mask:o}"), 0o775);
            as_user(OWNER, OWNER, &[], || drop(open(&path)));
            assert_eq!(rights(&path), (0o600, OWNER, OWNER));
        }
    });
}

#[test]
fn a_lock_that_is_wider_is_narrowed_and_never_widened() {
    if !is_root() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    for user in [0, OWNER] {
        for (mode, old, new) in [
            (0o755, 0o644, 0o600),
            (0o775, 0o664, 0o660),
            (0o777, 0o644, 0o644),
            (0o775, 0o600, 0o600),
            (0o755, 0o6777, 0o600),
        ] {
            let path = directory(guard.path(), &format!("{user}-{mode:o}-{old:o}"), mode);
            fs::write(lock(&path), "").unwrap();
            chown(lock(&path), Some(OWNER), Some(GROUP)).unwrap();
            fs::set_permissions(lock(&path), fs::Permissions::from_mode(old)).unwrap();
            as_user(user, user, &[GROUP], || drop(open(&path)));
            assert_eq!(rights(&path).0, new, "{mode:o} {old:o}");
        }
    }
}

#[test]
fn a_reader_keeps_no_writer_out() {
    if !is_root() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let path = directory(guard.path(), "store", 0o775);
    drop(open(&path));
    let held = as_user(STRANGER, STRANGER, &[], || fs::File::open(lock(&path)));
    assert!(held.is_err(), "a stranger may lock it");
    as_user(WRITER, WRITER, &[GROUP], || drop(open(&path)));
    as_user(OWNER, OWNER, &[], || drop(open(&path)));
}

/// Who is named by the directory's access list counts; its mask is not what the group has.
#[test]
fn an_access_list_is_followed() {
    if !is_root() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let path = directory(guard.path(), "store", 0o755);
    let list = access_list::access_list(&[
        (access_list::OWNER, 7, NOBODY),
        (access_list::USER, 7, WRITER),
        (access_list::USER, 5, STRANGER),
        (access_list::GROUP, 5, NOBODY),
        (access_list::MASK, 7, NOBODY),
        (access_list::OTHERS, 5, NOBODY),
    ]);
    if let Err(error) = xattr::set(&path, LIST, &list) {
        println!("skipped: no access lists here ({error})");
        return;
    }
    for round in ["new", "found"] {
        as_user(OWNER, OWNER, &[GROUP], || drop(open(&path)));
        let may = |user, group| {
            let lock = lock(&path);
            as_user(user, group, &[], || fs::File::open(lock).is_ok())
        };
        assert!(may(WRITER, WRITER), "{round}");
        assert!(!may(STRANGER, STRANGER) && !may(5555, GROUP) && !may(5555, 5555));
    }
    // One that was there without a list is not opened to the group by the mask.
    fs::remove_file(lock(&path)).unwrap();
    fs::write(lock(&path), "").unwrap();
    chown(lock(&path), Some(OWNER), Some(GROUP)).unwrap();
    fs::set_permissions(lock(&path), fs::Permissions::from_mode(0o664)).unwrap();
    as_user(OWNER, OWNER, &[GROUP], || drop(open(&path)));
    assert_eq!(rights(&path).0, 0o600);
    // Where the list cannot be given on, nobody is let in by its mask.
    fs::remove_file(lock(&path)).unwrap();
    as_user(OWNER, OWNER, &[], || drop(open(&path)));
    assert_eq!(rights(&path).0, 0o600);
}
