//! A saved file is a new one: a second name of the old file keeps the old bytes. This is
//! documented.
#![cfg(unix)]

use steadfast_file::write_atomically;

#[test]
fn hard_links_keep_the_old_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    std::fs::write(&file, "old").unwrap();
    std::fs::hard_link(&file, &link).unwrap();
    write_atomically(&file, "new").unwrap();
    assert_eq!(std::fs::read(&link).unwrap(), b"old");
    assert_eq!(std::fs::read(&file).unwrap(), b"new");
}
