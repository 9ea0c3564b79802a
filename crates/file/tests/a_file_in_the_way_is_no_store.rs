//! A path that leads to a file is refused, and the file stays.

use steadfast_core::PersistenceError;
use steadfast_file::FileBackend;

use crate::support::place;

#[test]
fn a_file_in_the_way_is_no_store() {
    let (_guard, path) = place();
    std::fs::write(&path, "a letter").unwrap();
    for opened in [
        FileBackend::open(&path),
        FileBackend::adopt(&path),
        FileBackend::open_read_only(&path),
    ] {
        let failure = opened.unwrap_err();
        assert!(
            matches!(failure, PersistenceError::NotAStore { .. }),
            "{failure}"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"a letter");
}

#[test]
fn a_missing_directory_has_no_store_to_read() {
    let (_guard, path) = place();
    let failure = FileBackend::open_read_only(&path).unwrap_err();
    assert!(
        matches!(failure, PersistenceError::NoStore { .. }),
        "{failure}"
    );
    assert!(!path.exists());
}
