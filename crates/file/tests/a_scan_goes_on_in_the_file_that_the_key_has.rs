//! Who reads a key piece by piece reads one handle, so that the system reads ahead; but never one
//! that the key does not stand for any more.

use std::fs;

use steadfast_core::StorageBackend;
use steadfast_file::FileBackend;

use crate::support::{key, now, open, place, save};

const PIECE: u64 = 128 << 10;

fn value(fill: u8) -> Vec<u8> {
    vec![fill; 1 << 20]
}

/// The first byte of a piece, and how long the piece is.
fn piece(backend: &FileBackend, name: &str, number: u64) -> Option<(u8, usize)> {
    let range = number * PIECE..(number + 1) * PIECE;
    let read = now(backend.read(&key(name), range)).unwrap()?;
    Some((*read.first()?, read.len()))
}

#[test]
fn a_file_is_opened_once_for_all_its_pieces() {
    #[cfg(target_os = "linux")]
    {
        use crate::support::process::test_name;
        use crate::support::trace::{mark, traced};

        let test = test_name(module_path!(), "a_file_is_opened_once_for_all_its_pieces");
        let Some((_guard, calls)) = traced(&test, |directory| {
            let backend = open(&directory.join("store"));
            save(&backend, "wal/1", &value(1)).unwrap();
            mark("begin");
            for number in 0..8 {
                assert!(piece(&backend, "wal/1", number).is_some());
            }
            mark("end");
        }) else {
            return;
        };
        // The folder is only passed through, to look at the name.
        let is_for_reading = |call: &&crate::support::trace::Call| {
            call.name == "openat" && !call.arguments.contains("O_PATH")
        };
        let opened = calls.iter().filter(is_for_reading).count();
        assert_eq!(opened, 1, "{calls:#?}");
    }
}

#[test]
fn a_file_that_was_replaced_is_not_read_on() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "key", &value(1)).unwrap();
    let reader = FileBackend::open_read_only(&path).unwrap();
    for backend in [&backend, &reader] {
        save_by(&path, &value(1));
        assert_eq!(piece(backend, "key", 0), Some((1, 128 << 10)));
        save_by(&path, &value(2));
        assert_eq!(piece(backend, "key", 1), Some((2, 128 << 10)));
        // Shorter than what was read.
        save_by(&path, &[3; 10]);
        assert_eq!(piece(backend, "key", 2), None);
        assert_eq!(piece(backend, "key", 0), Some((3, 10)));
    }
    save(&backend, "key", &value(4)).unwrap();
    assert_eq!(piece(&backend, "key", 0), Some((4, 128 << 10)));
    save(&backend, "key", &value(5)).unwrap();
    assert_eq!(piece(&backend, "key", 1), Some((5, 128 << 10)));
}

/// A rename that the backend knows nothing of.
fn save_by(path: &std::path::Path, bytes: &[u8]) {
    let aside = path.join(".aside");
    fs::write(&aside, bytes).unwrap();
    fs::rename(aside, path.join("key")).unwrap();
}

#[test]
fn a_file_that_is_gone_is_not_read_on() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "key", &value(1)).unwrap();
    save(&backend, "folder/key", &value(1)).unwrap();
    assert_eq!(piece(&backend, "key", 0), Some((1, 128 << 10)));
    fs::rename(path.join("key"), path.join("moved")).unwrap();
    assert_eq!(piece(&backend, "key", 1), None);
    assert_eq!(piece(&backend, "moved", 1), Some((1, 128 << 10)));
    now(backend.delete(&key("moved"))).unwrap();
    assert_eq!(piece(&backend, "moved", 2), None);
    assert_eq!(piece(&backend, "folder/key", 0), Some((1, 128 << 10)));
    fs::rename(path.join("folder"), path.join("other")).unwrap();
    assert_eq!(piece(&backend, "folder/key", 1), None);
}

#[test]
fn a_file_that_grows_or_shrinks_is_read_as_it_is() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "key", &value(1)).unwrap();
    assert_eq!(piece(&backend, "key", 6), Some((1, 128 << 10)));
    let file = fs::OpenOptions::new()
        .write(true)
        .open(path.join("key"))
        .unwrap();
    file.set_len((1 << 20) + 5).unwrap();
    assert_eq!(piece(&backend, "key", 7), Some((1, 128 << 10)));
    assert_eq!(piece(&backend, "key", 8), Some((0, 5)));
    assert_eq!(piece(&backend, "key", 1), Some((1, 128 << 10)));
    file.set_len(1000).unwrap();
    assert_eq!(piece(&backend, "key", 2), None);
    assert_eq!(piece(&backend, "key", 0), Some((1, 1000)));
}

/// A reader that stops in the middle keeps one file open, not one for each key.
#[test]
fn one_file_at_most_stays_open() {
    #[cfg(target_os = "linux")]
    {
        use crate::support::process::{in_own_process, test_name};

        let test = test_name(module_path!(), "one_file_at_most_stays_open");
        in_own_process(&test, |directory| {
            let handles = || fs::read_dir("/proc/self/fd").unwrap().count();
            let backend = open(&directory.join("store"));
            let before = handles();
            for number in 0..20 {
                let name = format!("values/{number}");
                save(&backend, &name, &value(1)).unwrap();
                assert!(piece(&backend, &name, 0).is_some());
                assert!(handles() <= before + 1);
            }
            assert!(piece(&backend, "values/19", 7).is_some());
            assert_eq!(handles(), before);
            assert!(piece(&backend, "values/19", 0).is_some());
            now(backend.delete(&key("values/19"))).unwrap();
            assert_eq!(handles(), before);
        });
    }
}
