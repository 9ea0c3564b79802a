//! A listing is every key and its length, in name order, and nothing else.

use steadfast_core::{Entry, Prefix, StorageBackend};

use crate::support::{append, key, keys, now, open, place, save, stage};

#[test]
fn list_shows_keys_only() {
    let (_guard, path) = place();
    let backend = open(&path);
    for (name, len) in [("a/b", 3), ("a-b", 1), ("a.b", 2), ("a/c/d", 5), ("z", 0)] {
        save(&backend, name, &vec![0; len]).unwrap();
    }
    append(&backend, "a/log", 0, b"1234").unwrap();
    let _staged = stage(&backend, "a/staged", b"hidden");
    for foreign in ["README", "a/.hidden", "a/UPPER", "a/with space"] {
        std::fs::write(path.join(foreign), "").unwrap();
    }
    std::fs::create_dir_all(path.join("Folder")).unwrap();
    std::fs::write(path.join("Folder/name"), "").unwrap();

    // In the order of names, where `-` and `.` come before `/`.
    assert_eq!(keys(&backend), ["a-b", "a.b", "a/b", "a/c/d", "a/log", "z"]);
    let below = now(backend.list(&Prefix::folder("a").unwrap())).unwrap();
    let expected = [("a/b", 3), ("a/c/d", 5), ("a/log", 4)];
    assert_eq!(
        below,
        expected.map(|(name, len)| Entry {
            key: key(name),
            len
        })
    );
}

#[test]
fn a_missing_folder_is_empty() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "file", b"").unwrap();
    for folder in ["absent", "absent/deeper", "file", "file/deeper"] {
        assert_eq!(
            now(backend.list(&Prefix::folder(folder).unwrap())).unwrap(),
            [],
            "{folder}"
        );
    }
}
