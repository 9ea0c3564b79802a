//! The lock lasts as long as anything that could still write, and not longer.

use steadfast_core::{PersistenceError, Precondition, Staged};
use steadfast_file::FileBackend;

use crate::support::{get, now, open, place, save, stage};

fn is_locked(path: &std::path::Path) -> bool {
    matches!(
        FileBackend::open(path),
        Err(PersistenceError::Locked { .. })
    )
}

#[test]
fn lock_ends_with_the_last_handle() {
    let (_guard, path) = place();
    let first = open(&path);
    let second = first.clone();
    let staged = stage(&first, "key", b"value");
    drop(first);
    assert!(is_locked(&path));
    drop(second);
    assert!(is_locked(&path));
    now(staged.commit(Precondition::None)).unwrap();
    assert!(!is_locked(&path));
    assert_eq!(get(&open(&path), "key").unwrap(), b"value");
}

#[test]
fn a_failed_open_does_not_disturb_the_holder() {
    let (_guard, path) = place();
    let backend = open(&path);
    assert!(is_locked(&path));
    assert!(is_locked(&path));
    save(&backend, "key", b"value").unwrap();
}
