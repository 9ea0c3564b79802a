//! A stream goes on where an earlier handle left it.

use crate::support::{append, get, open, place, sync};

#[test]
fn appends_continue_what_was_there() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "wal/1", 0, b"one ").unwrap();
    append(&backend, "wal/1", 4, b"two ").unwrap();
    append(&backend, "wal/1", 8, b"").unwrap();
    sync(&backend, "wal/1").unwrap();
    drop(backend);

    let backend = open(&path);
    append(&backend, "wal/1", 8, b"three").unwrap();
    assert_eq!(get(&backend, "wal/1").unwrap(), b"one two three");
}
