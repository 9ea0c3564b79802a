//! A file that is being saved is not seen, and what is discarded never was.

use std::io::Write;

use steadfast_file::{AtomicFile, write_atomically};

use crate::support::contents;

#[test]
fn atomic_file_appears_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("Report 2024.txt");
    std::fs::write(&path, "old").unwrap();

    let mut file = AtomicFile::create(&path).unwrap();
    assert_eq!(file.path(), path);
    // Small writes, one larger than the buffer, and small ones again keep their order.
    let mut expected = Vec::new();
    for (len, byte) in [
        (10, b'a'),
        (60_000, b'b'),
        (10_000, b'c'),
        (200_000, b'd'),
        (1, b'e'),
    ] {
        let part = vec![byte; len];
        file.write_all(&part).unwrap();
        expected.extend(part);
    }
    file.flush().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    file.commit().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), expected);
    assert_eq!(contents(directory.path()).len(), 1);
}

#[test]
fn a_discarded_file_was_never_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.txt");
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    file.discard();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    drop(file);
    assert_eq!(contents(directory.path()), []);
}

#[test]
fn no_clobber_lets_only_the_first_one_in() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.txt");
    let late = AtomicFile::options().no_clobber().open(&path).unwrap();
    write_atomically(&path, "first").unwrap();
    let failure = late.commit().unwrap_err();
    assert!(failure.to_string().contains("already exists"), "{failure}");
    assert!(AtomicFile::options().overwrite(false).open(&path).is_err());
    assert_eq!(contents(directory.path()), [(path, b"first".to_vec())]);
}
