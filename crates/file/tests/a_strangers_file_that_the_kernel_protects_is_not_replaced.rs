//! In a directory where others may put files, a save replaces no file that the kernel would not
//! open for writing (`fs.protected_regular`).
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use steadfast_file::{AtomicFile, write_atomically};

use crate::support::process::test_name;
use crate::support::switch::with_switch;
use crate::support::users::as_user;

const STRANGER: u32 = 1234;
const OWNER: u32 = 1111;

/// A directory with these rights, and where a file in it would be.
fn shared(directory: &Path, mode: u32) -> PathBuf {
    let shared = directory.join("shared");
    let _ = fs::remove_dir_all(&shared);
    fs::create_dir(&shared).unwrap();
    chown(&shared, Some(OWNER), Some(OWNER)).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(mode)).unwrap();
    shared.join("report")
}

fn plant(path: &Path, owner: u32) {
    fs::write(path, "planted").unwrap();
    chown(path, Some(owner), None).unwrap();
}

fn assert_refused<T: std::fmt::Debug>(done: Result<T, impl std::fmt::Display>, path: &Path) {
    let said = done.map_err(|error| error.to_string()).unwrap_err();
    assert!(said.contains("another user"), "{said}");
    assert_eq!(fs::read(path).unwrap(), b"planted");
    let names = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(names, 1, "something was left there");
}

#[test]
fn a_strangers_file_stays_also_for_root() {
    let test = test_name(module_path!(), "a_strangers_file_stays_also_for_root");
    with_switch("protected_regular", "1", &test, |directory| {
        let path = shared(directory, 0o1777);
        plant(&path, STRANGER);
        assert_refused(write_atomically(&path, "secret"), &path);
        let options = AtomicFile::options();
        for options in [
            options.preserve(false),
            options.symlinks(steadfast_file::Symlinks::Replace),
        ] {
            assert_refused(options.open(&path), &path);
        }
        // By way of a link.
        let link = directory.join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_refused(write_atomically(&link, "secret"), &path);
    });
}

#[test]
fn one_that_is_planted_meanwhile_stays_too() {
    let test = test_name(module_path!(), "one_that_is_planted_meanwhile_stays_too");
    with_switch("protected_regular", "1", &test, |directory| {
        for preserve in [true, false] {
            for there in [true, false] {
                let path = shared(directory, 0o1777);
                if there {
                    plant(&path, 0);
                }
                let options = AtomicFile::options().preserve(preserve);
                let mut file = options.open(&path).unwrap();
                file.write_all(b"secret").unwrap();
                plant(&path, STRANGER);
                assert_refused(file.commit(), &path);
            }
        }
    });
}

#[test]
fn what_the_kernel_opens_is_replaced() {
    let test = test_name(module_path!(), "what_the_kernel_opens_is_replaced");
    with_switch("protected_regular", "1", &test, |directory| {
        // Where not everybody may put a file, where nobody is kept from replacing it; the
        // directory's owner's, one's own.
        for (mode, owner) in [
            (0o755, STRANGER),
            (0o1775, STRANGER),
            (0o777, STRANGER),
            (0o1777, OWNER),
            (0o1777, 0),
        ] {
            let path = shared(directory, mode);
            plant(&path, owner);
            write_atomically(&path, "new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new", "{mode:o} {owner}");
            assert_eq!(fs::metadata(&path).unwrap().uid(), owner);
        }
        let path = shared(directory, 0o1777);
        plant(&path, STRANGER);
        as_user(STRANGER, STRANGER, &[], || {
            write_atomically(&path, "new").unwrap();
        });
        assert_eq!(fs::read(&path).unwrap(), b"new");
    });
}

#[test]
fn a_directory_of_a_group_counts_where_the_kernel_says_so() {
    let test = test_name(
        module_path!(),
        "a_directory_of_a_group_counts_where_the_kernel_says_so",
    );
    with_switch("protected_regular", "2", &test, |directory| {
        for mode in [0o1775, 0o1770, 0o1777] {
            let path = shared(directory, mode);
            plant(&path, STRANGER);
            assert_refused(write_atomically(&path, "secret"), &path);
        }
        let path = shared(directory, 0o1755);
        plant(&path, STRANGER);
        write_atomically(&path, "new").unwrap();
    });
}

#[test]
fn where_the_kernel_protects_nothing_everything_is_replaced() {
    let test = test_name(
        module_path!(),
        "where_the_kernel_protects_nothing_everything_is_replaced",
    );
    with_switch("protected_regular", "0", &test, |directory| {
        let path = shared(directory, 0o1777);
        plant(&path, STRANGER);
        write_atomically(&path, "new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    });
}
