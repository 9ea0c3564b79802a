//! On a full disk the old value stays whole, the error says what to do, and nothing is left behind.
#![cfg(unix)]

use steadfast_core::{PersistenceError, Remedy};
use steadfast_file::write_atomically;

use crate::support::mounts::Mount;
use crate::support::{get, open, save, temporaries};

#[test]
fn full_disk_keeps_the_old_value() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    let backend = open(&mount.join("store"));
    save(&backend, "key", b"old").unwrap();
    let failure = save(&backend, "key", &vec![1; 4 << 20]).unwrap_err();
    assert!(
        matches!(failure, PersistenceError::StorageFull { .. }),
        "{failure}"
    );
    assert_eq!(failure.remedy(), Remedy::FreeSpace);
    assert_eq!(get(&backend, "key").unwrap(), b"old");
    assert_eq!(temporaries(mount.path()).len(), 0);
    // What the failed save took is free again.
    save(&backend, "key", &vec![1; 600 << 10]).unwrap();
}

#[test]
fn a_full_disk_keeps_a_single_file() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    write_atomically(mount.join("file"), "old").unwrap();
    let failure = write_atomically(mount.join("file"), vec![1; 4 << 20]).unwrap_err();
    assert!(
        matches!(failure, PersistenceError::StorageFull { .. }),
        "{failure}"
    );
    assert_eq!(std::fs::read(mount.join("file")).unwrap(), b"old");
    assert_eq!(temporaries(mount.path()).len(), 0);
}
