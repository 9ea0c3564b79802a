//! A directory that cannot be written to is an error that says so, at open; reading it works.
#![cfg(unix)]

use steadfast_core::{PersistenceError, Remedy};
use steadfast_file::{FileBackend, write_atomically};

use crate::support::mounts::Mount;
use crate::support::{get, open, save};

#[test]
fn read_only_directory_is_refused_clearly() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    let path = mount.join("store");
    save(&open(&path), "key", b"value").unwrap();
    mount.make_read_only();
    for failure in [
        FileBackend::open(&path).unwrap_err(),
        FileBackend::open(mount.join("new")).unwrap_err(),
        write_atomically(mount.join("file"), "x").unwrap_err(),
    ] {
        assert!(
            matches!(failure, PersistenceError::PermissionDenied { .. }),
            "{failure}"
        );
        assert_eq!(failure.remedy(), Remedy::ChangeTheCall);
    }
    assert_eq!(
        get(&FileBackend::open_read_only(&path).unwrap(), "key").unwrap(),
        b"value"
    );
}
