//! What killed saves of a file left beside it is found and removed by the next save of the same
//! file; nothing else is.
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use steadfast_file::{AtomicFile, write_atomically};

use crate::support::process::{child, given_directory, test_name};
use crate::support::temporaries;

/// Begins `saves` saves of `file` at a time in a process of its own, and kills that.
fn killed_saves(test: &str, directory: &Path, saves: usize) {
    let output = child(test, directory)
        .env("STEADFAST_SAVES", saves.to_string())
        .output()
        .unwrap();
    assert!(!output.status.success());
}

fn begun_and_killed(directory: &Path) {
    let saves: usize = std::env::var("STEADFAST_SAVES").unwrap().parse().unwrap();
    let _begun: Vec<_> = (0..saves).map(|_| begin(&directory.join("file"))).collect();
    assert_eq!(temporaries(directory).len(), saves);
    // Killed: nothing is dropped, nothing is cleaned.
    std::process::abort();
}

fn begin(path: &Path) -> AtomicFile {
    let mut file = AtomicFile::create(path).unwrap();
    file.write_all(b"half").unwrap();
    file.flush().unwrap();
    file
}

/// The names that saves of this file take, in the order in which they take them.
fn names(path: &Path) -> Vec<PathBuf> {
    let mut begun = Vec::new();
    let mut names: Vec<PathBuf> = Vec::new();
    for _ in 0..4 {
        begun.push(begin(path));
        let new = temporaries(path.parent().unwrap());
        names.extend(new.into_iter().find(|name| !names.contains(name)));
    }
    assert_eq!(names.len(), 4);
    names
}

#[test]
fn what_killed_saves_left_is_gone_after_the_next() {
    if let Some(directory) = given_directory() {
        begun_and_killed(&directory);
    }
    let test = test_name(
        module_path!(),
        "what_killed_saves_left_is_gone_after_the_next",
    );
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    // One after the other, and several at a time.
    for _ in 0..3 {
        killed_saves(&test, guard.path(), 1);
        assert_eq!(temporaries(guard.path()).len(), 1);
    }
    killed_saves(&test, guard.path(), 3);
    assert_eq!(temporaries(guard.path()).len(), 3);
    write_atomically(&path, "whole").unwrap();
    assert_eq!(temporaries(guard.path()), Vec::<PathBuf>::new());
    killed_saves(&test, guard.path(), 4);
    write_atomically(&path, "whole").unwrap();
    assert_eq!(temporaries(guard.path()), Vec::<PathBuf>::new());
    assert_eq!(fs::read(&path).unwrap(), b"whole");
}

#[test]
fn a_leftover_is_found_wherever_a_gap_is() {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    let names = names(&path);
    for name in &names[2..] {
        fs::write(name, "half").unwrap();
    }
    write_atomically(&path, "whole").unwrap();
    assert_eq!(temporaries(guard.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_living_save_is_no_leftover() {
    if let Some(directory) = given_directory() {
        let begun = begin(&directory.join("file"));
        println!("saving");
        let _ = std::io::stdin().read(&mut [0]);
        begun.commit().unwrap();
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    let test = test_name(module_path!(), "a_living_save_is_no_leftover");
    let mut other = child(&test, guard.path());
    let other = other.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut other = other.spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(other.stdout.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().ends_with("saving")));

    let own = begin(&path);
    write_atomically(&path, "third").unwrap();
    assert_eq!(temporaries(guard.path()).len(), 2);
    own.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"half");
    fs::write(&path, "").unwrap();
    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
    assert_eq!(fs::read(&path).unwrap(), b"half");
    assert_eq!(temporaries(guard.path()).len(), 0);
}

#[test]
fn more_saves_at_a_time_than_there_are_names_are_whole() {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    let begun: Vec<_> = (0..12).map(|_| begin(&path)).collect();
    assert_eq!(temporaries(guard.path()).len(), 12);
    for file in begun {
        file.commit().unwrap();
    }
    assert_eq!(temporaries(guard.path()).len(), 0);
}

#[test]
fn what_is_not_ours_stays() {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    let names = names(&path);
    let precious = guard.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    std::os::unix::fs::symlink(&precious, &names[0]).unwrap();
    fs::create_dir(&names[1]).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&names[2]).status();
    assert!(made.unwrap().success());
    // Of another file's saves, and a name that is none of ours.
    let others = [
        guard.path().join(".steadfast.0123456789abcdef.tmp"),
        guard.path().join(".steadfast.tmp"),
    ];
    for other in &others {
        fs::write(other, "theirs").unwrap();
    }
    write_atomically(&path, "whole").unwrap();
    assert!(fs::symlink_metadata(&names[0]).unwrap().is_symlink());
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
    assert!(names[1].is_dir() && names[2].exists());
    for other in &others {
        assert_eq!(fs::read(other).unwrap(), b"theirs");
    }
    assert_eq!(fs::read(&path).unwrap(), b"whole");
}

#[cfg(target_os = "linux")]
#[test]
fn another_users_file_stays() {
    if !crate::support::users::is_root() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    let names = names(&path);
    for name in &names[..2] {
        fs::write(name, "theirs").unwrap();
        std::os::unix::fs::chown(name, Some(1234), None).unwrap();
    }
    write_atomically(&path, "whole").unwrap();
    assert!(names[0].exists() && names[1].exists());
    assert_eq!(fs::read(&path).unwrap(), b"whole");
}

/// A temporary file has the mode of the file that it will replace before it is flushed.
#[cfg(target_os = "linux")]
#[test]
fn what_its_owner_may_only_read_or_only_write_goes_too() {
    use crate::support::users::{as_user, is_root};
    use std::os::unix::fs::{PermissionsExt, chown};

    if !is_root() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    chown(guard.path(), Some(1234), Some(1234)).unwrap();
    let path = guard.path().join("file");
    let names = as_user(1234, 1234, &[], || names(&path));
    as_user(1234, 1234, &[], || {
        for (name, mode) in names.iter().zip([0o400, 0o444, 0o200, 0o600]) {
            fs::write(name, "half").unwrap();
            fs::set_permissions(name, fs::Permissions::from_mode(mode)).unwrap();
        }
        write_atomically(&path, "whole").unwrap();
        assert_eq!(temporaries(guard.path()), Vec::<PathBuf>::new());
        // One that lives stays.
        for (name, mode) in names.iter().zip([0o400, 0o200]) {
            let living = fs::File::create(name).unwrap();
            living.try_lock().unwrap();
            let rights = fs::Permissions::from_mode(mode);
            living.set_permissions(rights).unwrap();
            write_atomically(&path, "whole").unwrap();
            assert_eq!(temporaries(guard.path()), std::slice::from_ref(name));
            fs::remove_file(name).unwrap();
        }
    });
}

/// Root gives its temporary file to the owner of the file that it saves.
#[cfg(target_os = "linux")]
#[test]
fn what_root_gave_to_the_files_owner_goes_too() {
    use std::os::unix::fs::chown;

    if !crate::support::users::is_root() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    let names = names(&path);
    fs::write(&path, "old").unwrap();
    chown(&path, Some(1234), Some(1234)).unwrap();
    for (name, owner) in names.iter().zip([1234, 1234, 0, 4321]) {
        fs::write(name, "half").unwrap();
        chown(name, Some(owner), None).unwrap();
    }
    write_atomically(&path, "whole").unwrap();
    assert_eq!(temporaries(guard.path()), std::slice::from_ref(&names[3]));
}

/// In `/tmp` or beside a million files, a save costs what it costs elsewhere.
#[cfg(target_os = "linux")]
#[test]
fn no_directory_is_read_for_it() {
    use crate::support::trace::with_calls_failing;
    let test = test_name(module_path!(), "no_directory_is_read_for_it");
    let Some(directory) = given_directory() else {
        // A call that fails would be seen; that none is made is told by the assertion inside.
        let sets: [&[_]; 1] = [&[("getdents64", "EIO")]];
        let met = std::panic::catch_unwind(|| {
            with_calls_failing(&sets, &test, |_| {}, |_| {});
        });
        if let Err(panic) = met {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            assert!(text.starts_with("no getdents64 was made"), "{text}");
        }
        return;
    };
    write_atomically(directory.join("file"), "1").unwrap();
    write_atomically(directory.join("file"), "2").unwrap();
}
