//! While a private file is being saved, the new bytes are private too.
#![cfg(unix)]

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use steadfast_file::AtomicFile;

use crate::support::temporaries;

#[test]
fn private_files_stay_private() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key.pem");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"secret").unwrap();
    file.flush().unwrap();
    let temporary = temporaries(directory.path()).pop().unwrap();
    assert_eq!(std::fs::metadata(temporary).unwrap().mode() & 0o777, 0o600);
    file.commit().unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn the_name_is_ours_and_beside_the_target() {
    let directory = tempfile::tempdir().unwrap();
    let _file = AtomicFile::create(directory.path().join("a")).unwrap();
    let name = temporaries(directory.path()).pop().unwrap();
    let name = name.file_name().unwrap().to_str().unwrap().to_owned();
    let digits = name
        .strip_prefix(".steadfast.")
        .unwrap()
        .strip_suffix(".tmp")
        .unwrap();
    assert!(
        digits.len() == 16 && digits.chars().all(|digit| digit.is_ascii_hexdigit()),
        "{name}"
    );
}
