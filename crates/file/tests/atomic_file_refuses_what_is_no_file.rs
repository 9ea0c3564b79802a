//! A directory, a device or a missing directory is an error, said before anything is written.

use std::path::Path;

use steadfast_file::AtomicFile;

use crate::support::contents;

#[test]
fn atomic_file_refuses_what_is_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    for path in [
        inner.clone(),
        inner.join(".."),
        inner.join("name/"),
        inner.join("name/."),
        inner.join("name/./"),
        inner.join("name//."),
        Path::new(".").to_owned(),
        inner.join("missing/name"),
        Path::new("").to_owned(),
        Path::new("/").to_owned(),
    ] {
        assert!(AtomicFile::create(&path).is_err(), "{}", path.display());
    }
    assert_eq!(contents(directory.path()), [(inner, Vec::new())]);
}

/// Also where the name is a file's, and where it stands in a link.
#[cfg(unix)]
#[test]
fn a_directorys_name_is_no_files() {
    use steadfast_file::Symlinks;

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "old").unwrap();
    for end in ["/", "/.", "//.", "/./"] {
        let name = format!("{}{end}", file.display());
        for symlinks in [Symlinks::Follow, Symlinks::Replace] {
            let options = AtomicFile::options().symlinks(symlinks);
            assert!(options.open(&name).is_err(), "{name}");
        }
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&name, &link).unwrap();
        assert!(AtomicFile::create(&link).is_err(), "{name}");
        std::fs::remove_file(&link).unwrap();
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"old");
}

#[cfg(unix)]
#[test]
fn a_device_is_not_replaced_by_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    let failure = steadfast_file::write_atomically(&link, "gone").unwrap_err();
    assert!(
        failure.to_string().contains("not a regular file"),
        "{failure}"
    );
    let pipe = directory.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    assert!(steadfast_file::write_atomically(&pipe, "gone").is_err());
}
