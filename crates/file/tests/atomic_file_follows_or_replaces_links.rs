//! A symbolic link is followed or replaced, as asked, and never by accident.
#![cfg(unix)]

use std::os::unix::fs::symlink;

use steadfast_file::{AtomicFile, Symlinks, write_atomically};

fn is_link(path: &std::path::Path) -> bool {
    std::fs::symlink_metadata(path).unwrap().is_symlink()
}

#[test]
fn followed_links_stay_and_lead_to_the_new_file() {
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("elsewhere");
    std::fs::create_dir(&real).unwrap();
    std::fs::write(real.join("target"), "old").unwrap();
    // Relative and absolute, one through the other.
    symlink("elsewhere/target", directory.path().join("inner")).unwrap();
    symlink(
        directory.path().join("inner"),
        directory.path().join("outer"),
    )
    .unwrap();

    let outer = directory.path().join("outer");
    write_atomically(&outer, "new").unwrap();
    assert!(is_link(&outer) && is_link(&directory.path().join("inner")));
    assert_eq!(std::fs::read(real.join("target")).unwrap(), b"new");
}

#[test]
fn a_link_to_nothing_gets_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link");
    symlink("missing", &link).unwrap();
    write_atomically(&link, "new").unwrap();
    assert!(is_link(&link));
    assert_eq!(
        std::fs::read(directory.path().join("missing")).unwrap(),
        b"new"
    );
}

#[test]
fn replaced_links_are_files_and_their_targets_stay() {
    let directory = tempfile::tempdir().unwrap();
    let (target, link) = (
        directory.path().join("target"),
        directory.path().join("link"),
    );
    std::fs::write(&target, "old").unwrap();
    symlink("target", &link).unwrap();
    let options = AtomicFile::options().symlinks(Symlinks::Replace);
    assert!(options.no_clobber().open(&link).is_err());
    options.open(&link).unwrap().commit().unwrap();
    assert!(!is_link(&link));
    assert_eq!(std::fs::read(&link).unwrap(), b"");
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
}

#[test]
fn links_in_a_circle_end() {
    let directory = tempfile::tempdir().unwrap();
    symlink("b", directory.path().join("a")).unwrap();
    symlink("a", directory.path().join("b")).unwrap();
    let failure = write_atomically(directory.path().join("a"), "new").unwrap_err();
    assert!(failure.to_string().contains("circle"), "{failure}");
}
