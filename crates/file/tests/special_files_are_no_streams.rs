//! A pipe where a key should be neither hangs the program nor passes for a stream.
#![cfg(unix)]

use steadfast_core::{StorageBackend, WHOLE};

use crate::support::{append, key, keys, now, open, place, sync};

#[test]
fn special_files_are_no_streams() {
    let (_guard, path) = place();
    let backend = open(&path);
    let pipe = path.join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let failure = now(backend.read(&key("pipe"), WHOLE)).unwrap_err();
    assert!(
        failure.to_string().contains("not a regular file"),
        "{failure}"
    );
    append(&backend, "pipe", 0, b"x").unwrap_err();
    sync(&backend, "pipe").unwrap_err();
    assert_eq!(keys(&backend), Vec::<String>::new());
}

#[test]
fn a_pipe_for_a_claim_does_not_hang() {
    let (_guard, path) = place();
    std::fs::create_dir(&path).unwrap();
    for name in [
        ".steadfast.0123456789abcdef.claim",
        ".steadfast.0123456789abcdef.tmp",
    ] {
        assert!(
            std::process::Command::new("mkfifo")
                .arg(path.join(name))
                .status()
                .unwrap()
                .success()
        );
    }
    let _backend = open(&path);
    steadfast_file::FileBackend::open(&path).unwrap_err();
}
