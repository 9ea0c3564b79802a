//! Zeros written ahead of a stream are not visible through this handle and do not change where the
//! stream ends. They go when the room is given back.

use steadfast_core::{PersistenceError, Prefix, StorageBackend};
use steadfast_file::FileBackend;

use crate::support::{append, get, key, now, open, place, save, sync};

const ROOM: u64 = 1 << 20;

fn reserve(backend: &FileBackend, until: u64) -> Result<(), PersistenceError> {
    now(backend.reserve(&key("log"), until))
}

/// Whether zeros are written ahead on the file system that the tests run on.
fn is_taken(backend: &FileBackend) -> bool {
    matches!(backend.file_system(), "ext4" | "xfs")
}

#[test]
fn room_written_ahead_is_not_shown() {
    let (_guard, path) = place();
    let backend = open(&path);
    let stored = || std::fs::metadata(path.join("log")).unwrap().len();
    append(&backend, "log", 0, b"first ").unwrap();
    reserve(&backend, ROOM).unwrap();
    if is_taken(&backend) {
        assert_eq!(stored(), ROOM);
    }
    append(&backend, "log", 6, b"second").unwrap();
    sync(&backend, "log").unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"first second");
    let listed = now(backend.list(&Prefix::ROOT)).unwrap();
    assert_eq!(listed[0].len, 12);
    let refused = append(&backend, "log", ROOM, b"x").unwrap_err();
    assert!(
        matches!(refused, PersistenceError::Conflict { end: 12, .. }),
        "{refused}"
    );
    // A handle that only reads shows what is stored.
    let reader = FileBackend::open_read_only(&path).unwrap();
    let shown = get(&reader, "log").unwrap();
    assert_eq!(shown[..12], *b"first second");
    assert!(shown[12..].iter().all(|byte| *byte == 0));

    reserve(&backend, 12).unwrap();
    assert_eq!(stored(), 12);
    append(&backend, "log", 12, b"!").unwrap();
    drop(backend);
    assert_eq!(get(&open(&path), "log").unwrap(), b"first second!");
}

/// This also holds when the stream was appended to meanwhile.
#[test]
fn room_that_is_asked_for_twice_stays() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"first ").unwrap();
    let stored = || std::fs::metadata(path.join("log")).unwrap().len();
    reserve(&backend, ROOM).unwrap();
    let with_room = stored();
    append(&backend, "log", 6, b"second").unwrap();
    reserve(&backend, ROOM).unwrap();
    reserve(&backend, ROOM / 2).unwrap();
    if is_taken(&backend) {
        assert_eq!((with_room, stored()), (ROOM, ROOM));
    }
    assert_eq!(get(&backend, "log").unwrap(), b"first second");
}

/// The length of the file does not change, so a flush has no length to make durable.
#[test]
fn appends_into_the_room_change_no_length() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"x").unwrap();
    reserve(&backend, ROOM).unwrap();
    let before = std::fs::metadata(path.join("log")).unwrap().len();
    for position in 1..100 {
        append(&backend, "log", position, b"x").unwrap();
        sync(&backend, "log").unwrap();
    }
    let after = std::fs::metadata(path.join("log")).unwrap().len();
    if is_taken(&backend) {
        assert_eq!(before, after);
    }
    // An append beyond the room makes the file longer, as ever.
    let long = vec![7; 2 << 20];
    append(&backend, "log", 100, &long).unwrap();
    assert_eq!(get(&backend, "log").unwrap()[100..], long);
}

#[test]
fn a_value_in_the_place_of_the_stream_ends_the_room() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"stream").unwrap();
    reserve(&backend, ROOM).unwrap();
    save(&backend, "log", &vec![1; 5000]).unwrap();
    assert_eq!(get(&backend, "log").unwrap().len(), 5000);
    reserve(&backend, ROOM).unwrap();
    now(backend.delete(&key("log"))).unwrap();
    assert_eq!(get(&backend, "log"), None);
    reserve(&backend, ROOM).unwrap();
    assert_eq!(get(&backend, "log"), None, "a hint makes no stream");
    append(&backend, "log", 0, b"anew").unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"anew");
}

/// Handles are bounded, but the one that knows where the stream ends is kept.
#[test]
fn the_end_is_known_for_as_long_as_there_is_room() {
    let (_guard, path) = place();
    let backend = open(&path);
    append(&backend, "log", 0, b"1").unwrap();
    reserve(&backend, ROOM).unwrap();
    sync(&backend, "log").unwrap();
    for number in 0..200 {
        let name = format!("other-{number}");
        append(&backend, &name, 0, b"x").unwrap();
        sync(&backend, &name).unwrap();
    }
    append(&backend, "log", 1, b"2").unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"12");
}
