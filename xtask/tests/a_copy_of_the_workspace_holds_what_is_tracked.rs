//! Mutants are made in a copy that is kept from run to run. A test that was deleted from the
//! workspace must not continue to run there.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that panics fails the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use xtask::prove::mutants::copy::mirror;

fn room(name: &str) -> (PathBuf, PathBuf) {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if room.exists() {
        fs::remove_dir_all(&room).unwrap();
    }
    (room.join("root"), room.join("copy"))
}

fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn names(list: &[&str]) -> Vec<PathBuf> {
    list.iter().map(PathBuf::from).collect()
}

#[test]
fn a_file_that_is_no_longer_tracked_goes() {
    let (root, copy) = room("no_longer_tracked");
    for name in ["a.rs", "tests/old.rs", "gone/src/lib.rs"] {
        put(&root, name, name);
    }
    let all = names(&["a.rs", "tests/old.rs", "gone/src/lib.rs"]);
    mirror(&root, &all, &copy).unwrap();
    assert!(copy.join("tests/old.rs").is_file());
    put(&root, "tests/new.rs", "new");
    mirror(&root, &names(&["a.rs", "tests/new.rs"]), &copy).unwrap();
    assert!(copy.join("a.rs").is_file());
    assert!(copy.join("tests/new.rs").is_file());
    assert!(!copy.join("tests/old.rs").exists());
    assert!(!copy.join("gone").exists(), "an empty folder is left");
}

#[test]
fn a_file_can_take_the_place_of_a_folder_and_a_folder_that_of_a_file() {
    let (root, copy) = room("file_and_folder");
    put(&root, "one", "a file");
    put(&root, "two/mod.rs", "in a folder");
    mirror(&root, &names(&["one", "two/mod.rs"]), &copy).unwrap();
    fs::remove_dir_all(&root).unwrap();
    put(&root, "one/mod.rs", "in a folder");
    put(&root, "two", "a file");
    mirror(&root, &names(&["one/mod.rs", "two"]), &copy).unwrap();
    assert_eq!(
        fs::read_to_string(copy.join("one/mod.rs")).unwrap(),
        "in a folder"
    );
    assert_eq!(fs::read_to_string(copy.join("two")).unwrap(), "a file");
}

#[test]
fn what_differs_is_written_and_what_does_not_stays() {
    let (root, copy) = room("differs");
    put(&root, "same", "same");
    put(&root, "changed", "old");
    let both = names(&["same", "changed"]);
    mirror(&root, &both, &copy).unwrap();
    let written = fs::metadata(copy.join("same")).unwrap().modified().unwrap();
    // A mutant left by a killed run.
    fs::write(copy.join("changed"), "mutant").unwrap();
    mirror(&root, &both, &copy).unwrap();
    let now = fs::metadata(copy.join("same")).unwrap().modified().unwrap();
    assert_eq!(now, written);
    assert_eq!(fs::read_to_string(copy.join("changed")).unwrap(), "old");
}
