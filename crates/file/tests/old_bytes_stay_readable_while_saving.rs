//! A reader that has the old file open reads the old bytes to their end. A reader that opens it
//! after the commit reads the new ones.

use std::io::Read;

use steadfast_core::{Precondition, Staged};

use crate::support::{get, now, open, place, replaces_open_files, save, stage};

#[test]
fn old_bytes_stay_readable_while_saving() {
    if !replaces_open_files() {
        return;
    }
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "key", b"old").unwrap();
    let mut reader = std::fs::File::open(path.join("key")).unwrap();
    let staged = stage(&backend, "key", b"new and longer");
    assert_eq!(get(&backend, "key").unwrap(), b"old");
    now(staged.commit(Precondition::None)).unwrap();
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"old");
    assert_eq!(get(&backend, "key").unwrap(), b"new and longer");
}
