//! An append that does not start at the end writes nothing and says where the end is.

use steadfast_core::PersistenceError;

use crate::support::{append, get, keys, open, place};

fn end_of(failure: &PersistenceError) -> u64 {
    match failure {
        PersistenceError::Conflict { end, .. } => *end,
        other => panic!("{other}"),
    }
}

#[test]
fn conflicting_append_changes_nothing() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"12345").unwrap();
    for position in [0, 4, 6, u64::MAX] {
        assert_eq!(
            end_of(&append(&backend, "log", position, b"xyz").unwrap_err()),
            5
        );
    }
    assert_eq!(get(&backend, "log").unwrap(), b"12345");
    append(&backend, "log", 5, b"6").unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"123456");
}

#[test]
fn an_absent_stream_ends_at_nothing() {
    let (_guard, path) = place();
    let backend = open(&path);
    assert_eq!(end_of(&append(&backend, "log", 1, b"x").unwrap_err()), 0);
    assert_eq!(keys(&backend), Vec::<String>::new());
}
