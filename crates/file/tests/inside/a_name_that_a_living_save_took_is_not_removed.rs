//! Two find the same leftover. One removes it, and a new save takes the name: the other has the
//! lock of a file that is gone.

use std::path::Path;

use super::{is_left, remove_if_left};
use crate::simulation::{Access, Directory as _, FileSystem as _, Native};

#[test]
fn a_name_that_a_living_save_took_is_not_removed() {
    let guard = tempfile::tempdir().unwrap();
    let (name, target) = (Path::new("name"), Path::new("target"));
    std::fs::write(guard.path().join(name), "left").unwrap();
    let directory = Native.open_directory(guard.path()).unwrap();
    let late = directory.open_file(name, Access::Write).unwrap();
    assert!(remove_if_left(&directory, target, name));
    std::fs::write(guard.path().join(name), "living").unwrap();
    assert!(!is_left(&directory, target, name, &late));
}
