//! Who could not read the old file cannot read the new one, whatever of its owner, its group and
//! its access list could not be kept.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use steadfast_file::write_atomically;

use crate::support::access_list::{self, DEFAULT_LIST, LIST, NOBODY};
use crate::support::process::test_name;
use crate::support::trace::with_calls_failing;
use crate::support::users::{as_user, is_root};

const SAVER: u32 = 1234;
const OWNER: u32 = 1111;
const GROUP: u32 = 2345;

/// A directory of the saver's, with a file of somebody else's.
fn file_of_another(mode: u32, list: Option<&[u8]>) -> (tempfile::TempDir, PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    fs::write(&path, "old").unwrap();
    chown(guard.path(), Some(SAVER), Some(SAVER)).unwrap();
    chown(&path, Some(OWNER), Some(GROUP)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    if let Some(list) = list {
        xattr::set(&path, LIST, list).unwrap();
    }
    (guard, path)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// An access list: the owner may read and write; a named user, the group, the mask and the others
/// what is given.
fn list(named: u16, group: u16, mask: u16, others: u16) -> Vec<u8> {
    list_naming(4321, named, group, mask, others)
}

fn list_naming(user: u32, named: u16, group: u16, mask: u16, others: u16) -> Vec<u8> {
    access_list::access_list(&[
        (access_list::OWNER, 6, NOBODY),
        (access_list::USER, named, user),
        (access_list::GROUP, group, NOBODY),
        (access_list::MASK, mask, NOBODY),
        (access_list::OTHERS, others, NOBODY),
    ])
}

#[test]
fn a_group_that_is_not_kept_gets_what_both_had() {
    if !is_root() {
        return;
    }
    for (old, new) in [
        (0o664, 0o644),
        (0o660, 0o600),
        (0o640, 0o600),
        // Who was shut out as a member of the group is one of the others now.
        (0o604, 0o600),
        (0o757, 0o755),
        (0o644, 0o644),
    ] {
        let (_guard, path) = file_of_another(old, None);
        as_user(SAVER, SAVER, &[], || {
            write_atomically(&path, "new").unwrap();
        });
        assert_eq!(fs::metadata(&path).unwrap().gid(), SAVER);
        assert_eq!(mode(&path), new, "{old:o}");
    }
}

#[test]
fn rights_of_the_owner_stay_with_the_owner() {
    if !is_root() {
        return;
    }
    for (groups, group, old, new) in [
        (&[][..], SAVER, 0o6755, 0o755),
        (&[][..], SAVER, 0o4711, 0o711),
        (&[][..], SAVER, 0o2711, 0o711),
        (&[GROUP][..], GROUP, 0o6750, 0o750),
        (&[GROUP][..], GROUP, 0o2750, 0o750),
    ] {
        let (_guard, path) = file_of_another(old, None);
        as_user(SAVER, SAVER, groups, || {
            write_atomically(&path, "new").unwrap();
        });
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (SAVER, group));
        assert_eq!(mode(&path), new, "{old:o}");
    }
}

#[test]
fn rights_of_the_group_stay_with_the_group() {
    if !is_root() {
        return;
    }
    // The saver's own file, in a group that the saver has left.
    let (_guard, path) = file_of_another(0o600, None);
    chown(&path, Some(SAVER), Some(GROUP)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o6755)).unwrap();
    as_user(SAVER, SAVER, &[], || {
        write_atomically(&path, "new").unwrap();
    });
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (SAVER, SAVER));
    assert_eq!(mode(&path), 0o4755);
}

#[test]
fn a_mask_is_not_given_to_the_group() {
    if !is_root() {
        return;
    }
    // The list, which goes with the group, and the mode that is left.
    for (list, old, new) in [
        (list(6, 0, 6, 0), 0o660, 0o600),
        (list(6, 4, 6, 4), 0o664, 0o644),
        // The group had nothing, and its members are among the others now.
        (list(6, 0, 6, 4), 0o664, 0o600),
        // Who was shut out by name is, too.
        (list(0, 4, 4, 4), 0o644, 0o600),
    ] {
        let (_guard, path) = file_of_another(0o600, Some(&list));
        assert_eq!(mode(&path), old);
        as_user(SAVER, SAVER, &[], || {
            write_atomically(&path, "new").unwrap();
        });
        assert_eq!(xattr::get(&path, LIST).unwrap(), None);
        assert_eq!(mode(&path), new, "{list:?}");
    }
    // With the group the list is kept, and with it the mask; also where the saver may not read the
    // file.
    for list in [list(6, 4, 6, 0), list(6, 0, 6, 0)] {
        let (_guard, path) = file_of_another(0o600, Some(&list));
        as_user(SAVER, SAVER, &[GROUP], || {
            write_atomically(&path, "new").unwrap();
        });
        assert_eq!(fs::metadata(&path).unwrap().gid(), GROUP);
        assert_eq!(xattr::get(&path, LIST).unwrap(), Some(list));
        assert_eq!(mode(&path), 0o660);
    }
}

/// Who saves a file need not be able to read it.
#[test]
fn a_list_counts_also_where_the_file_cannot_be_read() {
    if !is_root() {
        return;
    }
    for (list, old, new) in [
        // Others may read, and the saver and the group may not.
        (list_naming(SAVER, 0, 0, 4, 4), 0o644, 0o600),
        (list_naming(SAVER, 0, 4, 4, 4), 0o644, 0o600),
    ] {
        let (_guard, path) = file_of_another(0o600, Some(&list));
        assert_eq!(mode(&path), old);
        as_user(SAVER, SAVER, &[], || {
            assert!(fs::read(&path).is_err());
            write_atomically(&path, "new").unwrap();
        });
        assert_eq!(mode(&path), new, "{list:?}");
    }
}

#[test]
fn a_list_that_nobody_tells_of_an_unreadable_file_is_taken_for_one() {
    if !is_root() {
        return;
    }
    let test = test_name(
        module_path!(),
        "a_list_that_nobody_tells_of_an_unreadable_file_is_taken_for_one",
    );
    let prepare = |directory: &Path| {
        let path = directory.join("file");
        fs::write(&path, "old").unwrap();
        chown(directory, Some(SAVER), Some(SAVER)).unwrap();
        chown(&path, Some(OWNER), Some(GROUP)).unwrap();
        xattr::set(&path, LIST, &list(4, 0, 4, 0)).unwrap();
    };
    let sets: [&[_]; 2] = [&[("getxattr", "EPERM")], &[("getxattr", "ENOENT")]];
    with_calls_failing(&sets, &test, prepare, |directory| {
        let path = directory.join("file");
        as_user(SAVER, SAVER, &[GROUP], || {
            write_atomically(&path, "new").unwrap();
        });
        assert_eq!(mode(&path), 0o600);
    });
}

/// Saves a file with a list, and one without in a directory whose list is inherited, where calls
/// are refused.
fn with_refused(sets: &[&[(&str, &str)]], test: &str, check: impl Fn(&Path, &Path)) {
    let prepare = |directory: &Path| {
        let listed = directory.join("listed");
        for path in [&listed, &directory.join("plain")] {
            fs::write(path, "old").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
        }
        xattr::set(&listed, LIST, &list(6, 0, 6, 0)).unwrap();
        xattr::set(directory, DEFAULT_LIST, &list(6, 6, 6, 0)).unwrap();
    };
    let guard = tempfile::tempdir().unwrap();
    if let Err(error) = xattr::set(guard.path(), LIST, &list(6, 0, 6, 0)) {
        println!("skipped: no access lists here ({error})");
        return;
    }
    with_calls_failing(sets, test, prepare, |directory| {
        let (listed, plain) = (directory.join("listed"), directory.join("plain"));
        write_atomically(&listed, "new").unwrap();
        write_atomically(&plain, "new").unwrap();
        check(&listed, &plain);
    });
}

#[test]
fn a_list_that_cannot_be_set_leaves_no_mask_behind() {
    let test = test_name(
        module_path!(),
        "a_list_that_cannot_be_set_leaves_no_mask_behind",
    );
    let sets: [&[_]; 4] = [
        &[("fsetxattr", "EPERM")],
        &[("fsetxattr", "EOPNOTSUPP")],
        &[("fsetxattr", "EINVAL")],
        &[("fsetxattr", "ENOSYS")],
    ];
    with_refused(&sets, &test, |listed, plain| {
        assert_eq!(mode(listed), 0o600);
        assert_eq!(mode(plain), 0o640);
    });
}

#[test]
fn a_list_that_cannot_be_read_is_taken_for_one() {
    let test = test_name(
        module_path!(),
        "a_list_that_cannot_be_read_is_taken_for_one",
    );
    let sets: [&[_]; 3] = [
        &[("flistxattr", "EPERM")],
        &[("flistxattr", "ENOSYS")],
        &[("fgetxattr", "EPERM")],
    ];
    with_refused(&sets, &test, |listed, _| assert_eq!(mode(listed), 0o600));
}

#[test]
fn an_inherited_list_that_stays_lets_nobody_in() {
    let test = test_name(
        module_path!(),
        "an_inherited_list_that_stays_lets_nobody_in",
    );
    let sets: [&[_]; 2] = [
        &[("fremovexattr", "EPERM")],
        &[("fgetxattr", "EPERM"), ("fremovexattr", "EPERM")],
    ];
    with_refused(&sets, &test, |_, plain| assert_eq!(mode(plain), 0o600));
}
