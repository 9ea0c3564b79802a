//! A system call that is only a hint, or that has another way, fails no save: filters of system
//! calls and plain file systems refuse them.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::path::Path;

use steadfast_core::PersistenceError;
use steadfast_file::{AtomicFile, write_atomically};

use crate::create_refuses_a_taken_key::one_creator_succeeds;
use crate::support::process::test_name;
use crate::support::trace::with_calls_failing;
use crate::support::{append, contents, create, get, open, save, sync, temporaries};

/// Neither a rename that never replaces nor hard links: what plain file systems, filters and
/// Android say.
const PLAIN: [&[(&str, &str)]; 8] = [
    &[("renameat2", "EINVAL"), ("linkat", "EPERM")],
    &[("renameat2", "EINVAL"), ("linkat", "ENOSYS")],
    &[("renameat2", "EINVAL"), ("linkat", "EOPNOTSUPP")],
    &[("renameat2", "EINVAL"), ("linkat", "EMLINK")],
    &[("renameat2", "EPERM"), ("linkat", "EPERM")],
    &[("renameat2", "ENOSYS"), ("linkat", "EACCES")],
    &[("renameat2", "EOPNOTSUPP"), ("linkat", "EOPNOTSUPP")],
    &[("renameat2", "EPERM"), ("linkat", "EINVAL")],
];

fn save_new(path: &Path, bytes: &[u8]) -> Result<(), PersistenceError> {
    let mut file = AtomicFile::options().no_clobber().open(path)?;
    file.write_all(bytes).unwrap();
    file.commit()
}

#[test]
fn a_link_takes_the_place_of_an_exclusive_rename() {
    let test = test_name(
        module_path!(),
        "a_link_takes_the_place_of_an_exclusive_rename",
    );
    let sets: [&[_]; 4] = [
        &[("renameat2", "EPERM")],
        &[("renameat2", "EINVAL")],
        &[("renameat2", "ENOSYS")],
        &[("renameat2", "EOPNOTSUPP")],
    ];
    with_calls_failing(
        &sets,
        &test,
        |_| {},
        |directory| {
            let backend = open(&directory.join("store"));
            create(&backend, "key", b"1").unwrap();
            save_new(&directory.join("file"), b"2").unwrap();
            assert_eq!(get(&backend, "key").unwrap(), b"1");
            assert_eq!(std::fs::read(directory.join("file")).unwrap(), b"2");
            assert_eq!(temporaries(directory).len(), 0);
        },
    );
}

#[test]
fn a_store_creates_under_its_lock_where_nothing_is_exclusive() {
    let test = test_name(
        module_path!(),
        "a_store_creates_under_its_lock_where_nothing_is_exclusive",
    );
    with_calls_failing(
        &PLAIN,
        &test,
        |_| {},
        |directory| {
            let backend = open(&directory.join("store"));
            create(&backend, "folder/key", b"1").unwrap();
            let taken = create(&backend, "folder/key", b"2").unwrap_err();
            assert!(
                matches!(taken, PersistenceError::AlreadyExists { .. }),
                "{taken}"
            );
            assert_eq!(get(&backend, "folder/key").unwrap(), b"1");
            assert_eq!(temporaries(directory).len(), 0);
        },
    );
}

#[test]
fn a_new_file_is_exclusive_where_nothing_else_is() {
    let test = test_name(
        module_path!(),
        "a_new_file_is_exclusive_where_nothing_else_is",
    );
    with_calls_failing(
        &PLAIN,
        &test,
        |_| {},
        |directory| {
            let path = directory.join("file");
            save_new(&path, b"1").unwrap();
            let taken = save_new(&path, b"2").unwrap_err();
            assert!(
                matches!(taken, PersistenceError::AlreadyExists { .. }),
                "{taken}"
            );
            assert_eq!(std::fs::read(&path).unwrap(), b"1");

            // Many at once, and one that comes between the look and the end.
            let path = directory.join("raced");
            let saved: usize = std::thread::scope(|scope| {
                let savers: Vec<_> = (0..8)
                    .map(|number| {
                        let path = &path;
                        scope.spawn(move || save_new(path, &[number; 3]).is_ok())
                    })
                    .collect();
                savers
                    .into_iter()
                    .map(|saver| usize::from(saver.join().unwrap()))
                    .sum()
            });
            assert_eq!(saved, 1);
            let whole = std::fs::read(&path).unwrap();
            assert!(
                whole.len() == 3 && whole.iter().all(|byte| *byte == whole[0]),
                "{whole:?}"
            );

            let path = directory.join("overtaken");
            let late = AtomicFile::options().no_clobber().open(&path).unwrap();
            std::fs::write(&path, "theirs").unwrap();
            late.commit().unwrap_err();
            assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
        },
    );
}

#[test]
fn a_name_that_was_taken_in_vain_is_given_back() {
    let test = test_name(
        module_path!(),
        "a_name_that_was_taken_in_vain_is_given_back",
    );
    let sets: [&[_]; 1] = [&[
        ("renameat2", "EINVAL"),
        ("linkat", "EPERM"),
        ("renameat", "ENOSPC"),
    ]];
    with_calls_failing(
        &sets,
        &test,
        |_| {},
        |directory| {
            save_new(&directory.join("file"), b"1").unwrap_err();
            assert_eq!(contents(directory), []);
        },
    );
}

#[test]
fn one_creator_succeeds_without_an_exclusive_call() {
    let test = test_name(
        module_path!(),
        "one_creator_succeeds_without_an_exclusive_call",
    );
    with_calls_failing(
        &PLAIN[..1],
        &test,
        |_| {},
        |directory| {
            one_creator_succeeds(&open(&directory.join("store")));
            assert_eq!(temporaries(directory).len(), 0);
        },
    );
}

#[test]
fn hints_and_newer_calls_fail_nothing() {
    let test = test_name(module_path!(), "hints_and_newer_calls_fail_nothing");
    let sets: [&[_]; 17] = [
        &[("sync_file_range", "EPERM")],
        &[("sync_file_range", "ENOSYS")],
        &[("sync_file_range", "EINVAL")],
        &[("sync_file_range", "EOPNOTSUPP")],
        &[("sync_file_range", "EACCES")],
        &[("statx", "EPERM")],
        &[("statx", "ENOSYS")],
        &[("pwritev2", "EPERM")],
        &[("pwritev2", "ENOSYS")],
        &[("pwritev2", "EINVAL")],
        &[("pwritev2", "EOPNOTSUPP")],
        &[("getrandom", "EPERM")],
        &[("getrandom", "ENOSYS")],
        &[("flistxattr", "EPERM")],
        &[("flistxattr", "ENOSYS")],
        &[("fgetxattr", "ENOSYS")],
        &[("statfs", "EPERM")],
    ];
    let sets: Vec<&[_]> = sets
        .into_iter()
        // Only met on a file system that writes in place.
        .filter(|set| set[0].0 != "pwritev2" || direct_writes_are_made())
        .map(|set| {
            if set[0].0 == "statfs" {
                &[("fstatfs", "EPERM")][..]
            } else {
                set
            }
        })
        .collect();
    with_calls_failing(
        &sets,
        &test,
        |_| {},
        |directory| {
            let backend = open(&directory.join("store"));
            save(&backend, "key", &vec![1; 9 << 20]).unwrap();
            append(&backend, "log", 0, b"1").unwrap();
            sync(&backend, "log").unwrap();
            let log = crate::support::key("log");
            crate::support::now(steadfast_core::StorageBackend::reserve(
                &backend,
                &log,
                1 << 16,
            ))
            .unwrap();
            for position in 1..4 {
                append(&backend, "log", position, b"2").unwrap();
                sync(&backend, "log").unwrap();
            }
            assert_eq!(get(&backend, "log").unwrap(), b"1222");
            write_atomically(directory.join("file"), vec![2; 9 << 20]).unwrap();
            write_atomically(directory.join("file"), vec![3; 9 << 20]).unwrap();
            assert_eq!(temporaries(directory).len(), 0);
        },
    );
}

fn direct_writes_are_made() -> bool {
    let guard = tempfile::tempdir().unwrap();
    matches!(
        open(&guard.path().join("store")).file_system(),
        "ext4" | "xfs"
    )
}

/// A file system without modes, or a filter: the new file stays as private as it was made.
#[test]
fn a_mode_that_cannot_be_set_fails_no_save() {
    use std::os::unix::fs::PermissionsExt as _;
    let test = test_name(module_path!(), "a_mode_that_cannot_be_set_fails_no_save");
    let sets: [&[_]; 3] = [
        &[("fchmod", "EPERM")],
        &[("fchmod", "EOPNOTSUPP")],
        &[("fchmod", "ENOSYS")],
    ];
    with_calls_failing(
        &sets,
        &test,
        |directory| {
            let file = directory.join("file");
            std::fs::write(&file, b"old").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        },
        |directory| {
            let file = directory.join("file");
            write_atomically(&file, b"new").unwrap();
            assert_eq!(std::fs::read(&file).unwrap(), b"new");
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert_eq!(temporaries(directory).len(), 0);
        },
    );
}
