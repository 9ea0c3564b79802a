//! After a failed write a save is dead: it can not be committed with a hole in it.
#![cfg(unix)]

use std::io::Write;

use bytes::Bytes;
use steadfast_core::{PersistenceError, Precondition, Staged, StorageBackend};
use steadfast_file::AtomicFile;

use crate::support::mounts::Mount;
use crate::support::{get, key, now, open, save, temporaries};

#[test]
fn failed_save_keeps_the_old_value() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    let backend = open(&mount.join("store"));
    save(&backend, "key", b"old").unwrap();
    let mut staged = now(backend.stage(&key("key"))).unwrap();
    now(staged.write(Bytes::from(vec![1; 4 << 20]))).unwrap_err();
    let failure = now(staged.write(Bytes::from_static(b"more"))).unwrap_err();
    assert!(
        matches!(failure, PersistenceError::Poisoned { .. }),
        "{failure}"
    );
    let failure = now(staged.commit(Precondition::None)).unwrap_err();
    assert!(
        matches!(failure, PersistenceError::Poisoned { .. }),
        "{failure}"
    );
    assert_eq!(get(&backend, "key").unwrap(), b"old");
    assert_eq!(temporaries(mount.path()).len(), 0);
}

#[test]
fn a_failed_atomic_file_cannot_be_committed() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    std::fs::write(mount.join("file"), "old").unwrap();
    let mut file = AtomicFile::create(mount.join("file")).unwrap();
    let failure = file.write_all(&vec![1; 4 << 20]).unwrap_err();
    assert_eq!(failure.kind(), std::io::ErrorKind::StorageFull);
    file.commit().unwrap_err();
    assert_eq!(std::fs::read(mount.join("file")).unwrap(), b"old");
    assert_eq!(temporaries(mount.path()).len(), 0);
}
