//! A relative path has the parent "", which cannot be opened: it means the current directory.
#![cfg(unix)]

use steadfast_file::{FileBackend, write_atomically};

use crate::support::process::{in_own_process, test_name};
use crate::support::{get, save};

#[test]
fn relative_paths_start_from_the_current_directory() {
    let test = test_name(
        module_path!(),
        "relative_paths_start_from_the_current_directory",
    );
    in_own_process(&test, |directory| {
        std::env::set_current_dir(directory).unwrap();
        write_atomically("bare", "1").unwrap();
        write_atomically("./dotted", "2").unwrap();
        std::fs::create_dir("inner").unwrap();
        write_atomically("inner/name", "3").unwrap();
        for (name, bytes) in [("bare", "1"), ("dotted", "2"), ("inner/name", "3")] {
            assert_eq!(
                std::fs::read_to_string(directory.join(name)).unwrap(),
                bytes
            );
        }
        let backend = FileBackend::open("made/here").unwrap();
        // The directory is meant that it was when it was opened.
        std::env::set_current_dir("/").unwrap();
        save(&backend, "wal/key", b"4").unwrap();
        assert_eq!(get(&backend, "wal/key").unwrap(), b"4");
        assert_eq!(
            std::fs::read(directory.join("made/here/wal/key")).unwrap(),
            b"4"
        );
    });
}

#[test]
fn the_current_directory_can_be_a_store() {
    let test = test_name(module_path!(), "the_current_directory_can_be_a_store");
    in_own_process(&test, |directory| {
        std::env::set_current_dir(directory).unwrap();
        for path in [".", ""] {
            save(&FileBackend::open(path).unwrap(), "key", b"1").unwrap();
        }
        assert_eq!(std::fs::read(directory.join("key")).unwrap(), b"1");
    });
}
