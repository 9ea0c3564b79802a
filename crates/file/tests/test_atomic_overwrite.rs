//! An overwrite is all or nothing: every read in between and every reopening finds one whole value.

use crate::support::{contents, get, keys, open, place, save};

#[test]
fn test_atomic_overwrite() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "slots/autosave.bin", b"level 1").unwrap();
    for len in [0, 1, 4095, 4096, 100_000, 7] {
        let value = vec![b'x'; len];
        save(&backend, "slots/autosave.bin", &value).unwrap();
        assert_eq!(get(&backend, "slots/autosave.bin").unwrap(), value);
    }
    assert_eq!(keys(&backend), ["slots/autosave.bin"]);
    drop(backend);
    // The key, its folder and the lock file: nothing else is left.
    assert_eq!(contents(&path).len(), 3);
    assert_eq!(get(&open(&path), "slots/autosave.bin").unwrap(), b"xxxxxxx");
}
