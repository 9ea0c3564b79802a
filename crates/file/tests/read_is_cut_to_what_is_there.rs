//! A read answers what is stored in its range, and takes memory for no more.

use std::ops::Range;

use steadfast_core::{StorageBackend, WHOLE};

use crate::support::{key, now, open, place, save};

#[test]
fn read_is_cut_to_what_is_there() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "key", b"0123456789").unwrap();
    let read = |range: Range<u64>| now(backend.read(&key("key"), range)).unwrap().unwrap();
    assert_eq!(read(WHOLE), "0123456789");
    assert_eq!(read(3..5), "34");
    assert_eq!(read(8..100), "89");
    assert_eq!(read(10..20), "");
    assert_eq!(read(11..u64::MAX), "");
    assert_eq!(read(u64::MAX..u64::MAX), "");
    assert_eq!(read(5..5), "");
    assert_eq!(read(Range { start: 7, end: 3 }), "");
}

#[test]
fn long_values_come_back_whole() {
    let (_guard, path) = place();
    let backend = open(&path);
    let value: Vec<u8> = (0..3_333_333_u32)
        .map(|number| (number % 251).to_le_bytes()[0])
        .collect();
    save(&backend, "key", &value).unwrap();
    assert_eq!(
        now(backend.read(&key("key"), WHOLE)).unwrap().unwrap(),
        value
    );
    let part = now(backend.read(&key("key"), 999_999..2_222_222))
        .unwrap()
        .unwrap();
    assert_eq!(part, value[999_999..2_222_222]);
}

#[test]
fn absent_keys_are_none() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "file", b"").unwrap();
    save(&backend, "folder/key", b"").unwrap();
    for name in ["absent", "absent/below", "file/below", "folder"] {
        assert_eq!(
            now(backend.read(&key(name), WHOLE)).unwrap(),
            None,
            "{name}"
        );
    }
    assert_eq!(now(backend.read(&key("file"), WHOLE)).unwrap().unwrap(), "");
}
