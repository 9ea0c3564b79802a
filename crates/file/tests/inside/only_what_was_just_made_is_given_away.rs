//! Who may write the directory can put another one in the place of the one that was made.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;

use super::Owner;

#[test]
fn only_what_was_just_made_is_given_away() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: this needs root");
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let owner = Owner {
        user: 1234,
        group: 2345,
    };
    for (name, user) in [("new", 1234), ("used", 0), ("theirs", 4321)] {
        let path = guard.path().join(name);
        fs::create_dir(&path).unwrap();
        match name {
            "used" => fs::write(path.join("file"), "root's").unwrap(),
            "theirs" => std::os::unix::fs::chown(&path, Some(4321), None).unwrap(),
            _ => {}
        }
        owner.gets_directory(&File::open(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().uid(), user, "{name}");
    }
}
