//! A handle for reading changes nothing on the disk, refuses every change, and works beside a
//! writer.

use bytes::Bytes;
use steadfast_core::{PersistenceError, StorageBackend};
use steadfast_file::FileBackend;

use crate::support::{append, contents, get, key, keys, now, open, place, save, stage, sync};

#[test]
fn read_only_handle_writes_nothing() {
    let (_guard, path) = place();
    save(&open(&path), "folder/key", b"value").unwrap();
    std::fs::write(path.join(".steadfast.0123456789abcdef.tmp"), "leftover").unwrap();
    std::fs::remove_file(path.join(".steadfast.lock")).unwrap();
    let before = contents(&path);

    let reader = FileBackend::open_read_only(&path).unwrap();
    assert!(!reader.is_exclusive());
    assert_eq!(get(&reader, "folder/key").unwrap(), b"value");
    assert_eq!(keys(&reader), ["folder/key"]);
    let name = key("folder/key");
    for failure in [
        save(&reader, "folder/key", b"x").unwrap_err(),
        append(&reader, "folder/key", 5, b"x").unwrap_err(),
        append(&reader, "new/key", 0, b"x").unwrap_err(),
        sync(&reader, "folder/key").unwrap_err(),
        now(reader.write(&name, Bytes::new())).unwrap_err(),
        now(reader.delete(&name)).unwrap_err(),
        now(reader.stage(&key("other/key"))).map(drop).unwrap_err(),
    ] {
        assert!(
            matches!(failure, PersistenceError::PermissionDenied { .. }),
            "{failure}"
        );
    }
    assert_eq!(contents(&path), before);
}

#[test]
fn a_reader_sees_what_the_writer_committed() {
    let (_guard, path) = place();
    let writer = open(&path);
    let reader = FileBackend::open_read_only(&path).unwrap();
    save(&writer, "key", b"1").unwrap();
    let _staged = stage(&writer, "key", b"2");
    assert_eq!(get(&reader, "key").unwrap(), b"1");
    save(&writer, "key", b"3").unwrap();
    assert_eq!(get(&reader, "key").unwrap(), b"3");
}
