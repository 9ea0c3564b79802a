//! After a failed append the stream is dead on this handle: what is behind its end is unknown.
#![cfg(unix)]

use steadfast_core::{PersistenceError, Remedy};

use crate::support::mounts::Mount;
use crate::support::{append, create, get, open, sync};

#[test]
fn failed_append_poisons_the_stream() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    let backend = open(&mount.join("store"));
    append(&backend, "log", 0, &[1; 1000]).unwrap();
    sync(&backend, "log").unwrap();

    let failure = append(&backend, "log", 1000, &vec![2; 4 << 20]).unwrap_err();
    assert!(
        matches!(failure, PersistenceError::StorageFull { .. }),
        "{failure}"
    );
    assert_eq!(failure.remedy(), Remedy::FreeSpace);
    for failure in [
        append(&backend, "log", 1000, b"x").unwrap_err(),
        append(&backend, "log", 0, b"x").unwrap_err(),
        sync(&backend, "log").unwrap_err(),
    ] {
        assert!(
            matches!(failure, PersistenceError::Poisoned { .. }),
            "{failure}"
        );
    }
    // A save that was refused has not replaced the stream, so it does not bring it back to life.
    let failure = create(&backend, "log", b"").unwrap_err();
    assert!(
        matches!(failure, PersistenceError::AlreadyExists { .. }),
        "{failure}"
    );
    let failure = append(&backend, "log", 1000, b"x").unwrap_err();
    assert!(
        matches!(failure, PersistenceError::Poisoned { .. }),
        "{failure}"
    );
    drop(backend);

    // Reopening brings the stream back, torn tail and all; what was synced is there.
    let backend = open(&mount.join("store"));
    let bytes = get(&backend, "log").unwrap();
    assert_eq!(bytes[..1000], [1; 1000]);
    sync(&backend, "log").unwrap();
}

#[test]
fn other_streams_live_on() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    let backend = open(&mount.join("store"));
    append(&backend, "good", 0, b"1").unwrap();
    append(&backend, "bad", 0, &vec![2; 4 << 20]).unwrap_err();
    // Room for others, made by the dead stream's own removal.
    std::fs::write(mount.join("store/bad"), "").unwrap();
    append(&backend, "good", 1, b"2").unwrap();
    sync(&backend, "good").unwrap();
    assert_eq!(get(&backend, "good").unwrap(), b"12");
}
