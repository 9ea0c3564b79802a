//! What others do to a stream while one of its calls is under way, or before the next.
//!
//! The other is the same thread, called from inside the simulated write or flush: the order is the
//! same in every run. A stream holds no lock over a flush that an append needs, or the test would
//! hang.

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

/// A direct write leaves what was written ahead in its place to a flush that came before it.
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

/// The number of open streams is bounded, and one that is in use is none of those that are closed:
/// opened anew, it would not know of the failure.
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

/// What a direct write keeps of the bytes before it are those of the value that was replaced.
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

/// The room of the old value went with it: what is written past the cache later must find blocks in
/// its place.
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

/// Whether somebody has cleaned up meanwhile the rename tells too: a save needs no answer to that,
/// and leaves no temporary file for the want of it.
/// What stands before a direct append is read where it is not known. Where that fails nothing was
/// written, so nothing is in doubt: the append goes through the cache.
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
