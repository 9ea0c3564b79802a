//! What is staged is seen by no one before its commit.

use bytes::Bytes;
use steadfast_core::{Precondition, Staged, StorageBackend, Survives};

use crate::support::{get, key, keys, now, open, place, save};

#[test]
fn staged_data_is_invisible() {
    let (_guard, path) = place();
    let backend = open(&path);
    assert!(backend.survives() >= Survives::ProcessCrash);
    save(&backend, "a/old", b"old").unwrap();
    let mut over = now(backend.stage(&key("a/old"))).unwrap();
    let mut fresh = now(backend.stage(&key("b/new"))).unwrap();
    for part in ["part one, ", "part two"] {
        now(over.write(Bytes::from_static(part.as_bytes()))).unwrap();
        now(fresh.write(Bytes::from_static(part.as_bytes()))).unwrap();
    }
    assert_eq!(keys(&backend), ["a/old"]);
    assert_eq!(get(&backend, "a/old").unwrap(), b"old");
    assert_eq!(get(&backend, "b/new"), None);
    now(over.commit(Precondition::None)).unwrap();
    now(fresh.commit(Precondition::Absent)).unwrap();
    assert_eq!(keys(&backend), ["a/old", "b/new"]);
    assert_eq!(get(&backend, "a/old").unwrap(), b"part one, part two");
    assert_eq!(get(&backend, "b/new").unwrap(), b"part one, part two");
}
