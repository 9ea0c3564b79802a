//! Calls of others on a stream while one of its calls is in flight, or before its next call.
//!
//! The other one runs on the same thread: it is called from inside the simulated write or flush. So
//! the order is the same in every run. The test would hang if a stream held a lock that an append
//! needs during a flush.

use bytes::Bytes;
use steadfast_core::{Fate, Key, PersistenceError, StorageBackend, WHOLE};
use steadfast_file::FileBackend;
use steadfast_testkit::block_on;
use steadfast_testkit::posix::{Call, Disk};

use crate::PLACE;
use crate::system::{AFTER_FLUSH, BEFORE_WRITE, FAIL_LOOK, FAIL_READ, Simulated, open};

type Backend = FileBackend<Simulated>;

fn key(name: &str) -> Key {
    name.parse().unwrap()
}

fn append(backend: &Backend, position: u64, data: &[u8]) -> Result<(), PersistenceError> {
    let data = Bytes::copy_from_slice(data);
    block_on(backend.append(&key("log"), position, data))
}

fn sync(backend: &Backend) -> Result<(), PersistenceError> {
    block_on(backend.sync(&key("log")))
}

fn reserve(backend: &Backend, until: u64) {
    block_on(backend.reserve(&key("log"), until)).unwrap();
}

fn replace(backend: &Backend, data: &[u8]) {
    let data = Bytes::copy_from_slice(data);
    block_on(backend.write(&key("log"), data)).unwrap();
}

fn read(disk: &Disk) -> Vec<u8> {
    let backend = open(disk).unwrap();
    let read = block_on(backend.read(&key("log"), WHOLE)).unwrap();
    read.unwrap().to_vec()
}

/// A stream of five flushed bytes.
fn with_log(disk: &Disk) -> Backend {
    let backend = open(disk).unwrap();
    append(&backend, 0, b"first").unwrap();
    sync(&backend).unwrap();
    backend
}

#[test]
fn a_flush_vouches_for_no_append_that_came_during_it() {
    let disk = Disk::new();
    let backend = with_log(&disk);
    append(&backend, 5, b" before").unwrap();
    let other = backend.clone();
    AFTER_FLUSH.set(Some(Box::new(move || {
        append(&other, 12, b" and late").unwrap();
    })));
    sync(&backend).unwrap();
    sync(&backend).unwrap();
    let after = read(&disk.restart(Fate::Lost));
    assert_eq!(String::from_utf8_lossy(&after), "first before and late");
}

/// A flush does not cover room that was reserved while it ran. The next append goes through the
/// cache, and only the one after the next flush is direct.
#[test]
fn a_flush_vouches_for_no_room_that_came_during_it() {
    let disk = Disk::new();
    let backend = with_log(&disk);
    append(&backend, 5, b" before").unwrap();
    let other = backend.clone();
    AFTER_FLUSH.set(Some(Box::new(move || reserve(&other, 4096))));
    sync(&backend).unwrap();
    append(&backend, 12, b" and late").unwrap();
    assert_eq!(disk.calls().last(), Some(&Call::Write));
    sync(&backend).unwrap();
    append(&backend, 21, b" and direct").unwrap();
    assert_eq!(disk.calls().last(), Some(&Call::WriteDurably));
}

/// The number of open streams is bounded, but a stream in use is never closed for that. Opened
/// again, it would not know of the failure.
#[test]
fn a_stream_in_use_is_not_closed_for_others() {
    let disk = Disk::new();
    let backend = with_log(&disk);
    let (others, full) = (backend.clone(), disk);
    BEFORE_WRITE.set(Some(Box::new(move || {
        for number in 0..100 {
            let other = key(&format!("other/{number}"));
            block_on(others.append(&other, 0, Bytes::from_static(b"x"))).unwrap();
            block_on(others.sync(&other)).unwrap();
        }
        full.full_after(0);
    })));
    let failure = append(&backend, 5, b" lost").unwrap_err();
    assert!(
        matches!(failure, PersistenceError::StorageFull { .. }),
        "{failure}"
    );
    for dead in [append(&backend, 5, b"x"), sync(&backend)] {
        let dead = dead.unwrap_err();
        assert!(matches!(dead, PersistenceError::Poisoned { .. }), "{dead}");
    }
}

/// A direct write rewrites the bytes before it. They must be those of the new value, not of the
/// replaced one.
#[test]
fn a_direct_append_begins_with_the_bytes_of_the_new_value() {
    let disk = Disk::new();
    let backend = with_log(&disk);
    reserve(&backend, 4096);
    append(&backend, 5, b" second").unwrap();
    sync(&backend).unwrap();
    append(&backend, 12, b" third").unwrap();
    assert_eq!(disk.calls().last(), Some(&Call::WriteDurably));
    replace(&backend, b"eighteen new bytes");
    reserve(&backend, 4096);
    sync(&backend).unwrap();
    append(&backend, 18, b" and more").unwrap();
    assert_eq!(disk.calls().last(), Some(&Call::WriteDurably));
    let after = read(&disk.restart(Fate::Lost));
    let text = String::from_utf8_lossy(after.get(..27).unwrap_or_default());
    assert_eq!(text, "eighteen new bytes and more");
}

/// The room of the old value is gone. Bytes that are later written past the cache need blocks of
/// the new file.
#[test]
fn a_replaced_stream_has_no_room_before_it_is_reserved_again() {
    let disk = Disk::new();
    let len = || {
        let folder = disk.root().open_directory(PLACE).unwrap();
        folder.open_file("log").unwrap().len().unwrap()
    };
    let backend = with_log(&disk);
    reserve(&backend, 4096);
    assert_eq!(len(), 4096);
    replace(&backend, b"new");
    assert_eq!(len(), 3);
    reserve(&backend, 2048);
    assert_eq!(len(), 2048);
}

/// A direct append reads the bytes before it if they are not known. If that read fails, nothing has
/// been written, so nothing is in doubt: the append goes through the cache.
#[test]
fn a_tail_that_cannot_be_read_is_not_needed() {
    let disk = Disk::new();
    let backend = with_log(&disk);
    reserve(&backend, 4096);
    append(&backend, 5, b" through the cache").unwrap();
    sync(&backend).unwrap();
    FAIL_READ.set(true);
    append(&backend, 23, b" too").unwrap();
    assert!(!FAIL_READ.get(), "nothing was read");
    sync(&backend).unwrap();
    let after = read(&disk.restart(Fate::Lost));
    let text = String::from_utf8_lossy(&after);
    assert_eq!(text.trim_end_matches('\0'), "first through the cache too");
}

/// The rename also tells whether somebody has removed the temporary file meanwhile. So a save goes
/// on without an answer to that, and leaves no temporary file behind.
#[test]
fn a_save_whose_file_cannot_be_looked_at_goes_on() {
    let disk = Disk::new();
    let backend = with_log(&disk);
    FAIL_LOOK.set(true);
    let data = Bytes::from_static(b"new");
    block_on(backend.atomic_write(&key("value"), data)).unwrap();
    assert!(!FAIL_LOOK.get(), "nobody looked");
    let folder = disk.root().open_directory(PLACE).unwrap();
    let names = folder.names().unwrap();
    let is_leftover = |name: &&String| name.ends_with(".tmp");
    assert_eq!(names.iter().filter(is_leftover).count(), 0, "{names:?}");
    let read = block_on(backend.read(&key("value"), WHOLE)).unwrap();
    assert_eq!(read.as_deref(), Some(&b"new"[..]));
}
