//! In a directory where everybody may put files, a save follows a link only if it is the saver's
//! own or the directory's owner's, as the kernel does (`fs.protected_symlinks`).
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::Path;

use steadfast_file::{AtomicFile, Symlinks, write_atomically};

use crate::support::process::test_name;
use crate::support::switch::with_switch;
use crate::support::users::as_user;

const STRANGER: u32 = 1234;

/// A directory for everybody with a link of this user's in it, and what it leads to.
fn plant(directory: &Path, mode: u32, link_owner: u32) -> (std::path::PathBuf, std::path::PathBuf) {
    let shared = directory.join("shared");
    let _ = fs::remove_dir_all(&shared);
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(mode)).unwrap();
    let victim = directory.join("victim");
    fs::write(&victim, "precious").unwrap();
    let link = shared.join("report");
    symlink(&victim, &link).unwrap();
    lchown(&link, Some(link_owner), None).unwrap();
    (link, victim)
}

#[test]
fn a_strangers_link_leads_nowhere() {
    let test = test_name(module_path!(), "a_strangers_link_leads_nowhere");
    with_switch("protected_symlinks", "1", &test, |directory| {
        let (link, victim) = plant(directory, 0o1777, STRANGER);
        // By itself, and at the end of a chain that begins with a link of our own.
        let own = directory.join("own");
        symlink("shared/report", &own).unwrap();
        for path in [&link, &own] {
            let failure = write_atomically(path, "redirected")
                .unwrap_err()
                .to_string();
            assert!(failure.contains("another user"), "{failure}");
        }
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        // What is replaced is not followed.
        let options = AtomicFile::options().symlinks(Symlinks::Replace);
        options.open(&link).unwrap().commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    });
}

#[test]
fn other_links_are_followed() {
    let test = test_name(module_path!(), "other_links_are_followed");
    with_switch("protected_symlinks", "1", &test, |directory| {
        // Our own; in a directory that only some may write; where everybody may rename everything
        // anyway.
        for (mode, owner) in [(0o1777, 0), (0o1775, STRANGER), (0o777, STRANGER)] {
            let (link, victim) = plant(directory, mode, owner);
            write_atomically(&link, "new").unwrap();
            assert_eq!(fs::read(&victim).unwrap(), b"new", "{mode:o} {owner}");
        }
        // The directory's owner's, whoever follows it.
        let (link, victim) = plant(directory, 0o1777, STRANGER);
        chown(link.parent().unwrap(), Some(STRANGER), None).unwrap();
        write_atomically(&link, "new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"new");
        // The follower is who the program runs as now.
        let (link, _) = plant(directory, 0o1777, STRANGER);
        let failure = as_user(STRANGER, STRANGER, &[], || write_atomically(&link, "x"));
        let failure = failure.unwrap_err().to_string();
        assert!(!failure.contains("another user"), "{failure}");
    });
}

#[test]
fn where_the_kernel_follows_so_does_a_save() {
    let test = test_name(module_path!(), "where_the_kernel_follows_so_does_a_save");
    with_switch("protected_symlinks", "0", &test, |directory| {
        let (link, victim) = plant(directory, 0o1777, STRANGER);
        write_atomically(&link, "new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"new");
    });
}
