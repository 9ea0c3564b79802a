//! What the system refuses is told with what helps, and what is certain is never called unknown.

use std::fs;
use std::process::Command;

use crate::common::{Mount, Room, Run, injected, is_root, program};

#[test]
fn no_inode_is_free() {
    let room = Room::new();
    if !is_root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&room.at("disk"), "size=4m,nr_inodes=4") else {
        return;
    };
    for number in 0..9 {
        let _ = fs::write(room.at(&format!("disk/{number}")), "");
    }
    let sentence = room.feed(&["save", "disk/0"], "new").error(4);
    assert!(
        sentence.starts_with("no space left to ") && sentence.contains("no inode"),
        "{sentence}"
    );
    assert!(!sentence.contains("free some space"), "{sentence}");
}

#[test]
fn the_quota_is_used_up() {
    let room = Room::new();
    room.ok(&["put", "a", "1"]);
    let injection = "openat:error=EDQUOT:when=";
    // Whichever of them makes a file.
    let runs =
        (1..60).map(|when| injected(&room, &format!("{injection}{when}"), &["put", "a", "2"]));
    for run in runs {
        let Some(run) = run else { return };
        if run.stderr.contains("no space left to ") {
            assert!(run.stderr.contains("the quota of the user"), "{run:?}");
            return;
        }
    }
    panic!("no call has met the quota");
}

#[test]
fn nobody_keeps_locks() {
    let room = Room::new();
    for error in ["ENOLCK", "EOPNOTSUPP"] {
        let injection = format!("flock:error={error}");
        let Some(run) = injected(&room, &injection, &["put", "a", "b"]) else {
            return;
        };
        let sentence = run.error(4);
        assert!(
            sentence.contains("nobody keeps locks on this file system"),
            "{sentence}"
        );
    }
    room.ok(&["put", "a", "b"]);
}

#[test]
fn a_file_that_is_mounted_by_itself() {
    use nix::mount::{MsFlags, mount};
    let room = Room::new();
    if !is_root() {
        return;
    }
    room.write("file", "old");
    room.write("mounted", "");
    let target = room.at("mounted");
    let bound = mount(
        Some(&room.at("file")),
        &target,
        None::<&str>,
        MsFlags::MS_BIND,
        None::<&str>,
    );
    if bound.is_err() {
        return println!("skipped: nothing can be mounted here");
    }
    let _mount = Mount(target);
    let sentence = room.feed(&["save", "mounted"], "new").error(4);
    assert!(
        sentence.contains("mount its directory instead"),
        "{sentence}"
    );
    assert_eq!(fs::read(room.at("file")).unwrap(), b"old");
}

#[test]
fn the_temporary_file_is_removed_by_another_program() {
    use std::io::Write as _;
    use std::process::Stdio;
    let room = Room::new();
    room.write("file", "old");
    let mut child = room
        .command(&["save", "file"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than a pipe holds: when it is written, the temporary file is there.
    input.write_all(&vec![b'n'; 1 << 20]).unwrap();
    for entry in fs::read_dir(room.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "file" {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    drop(input);
    let sentence = Run::from(child.wait_with_output().unwrap()).error(4);
    assert!(
        sentence.contains("has removed the temporary file"),
        "{sentence}"
    );
    assert_eq!(fs::read(room.at("file")).unwrap(), b"old");
}

/// A commit is acknowledged before the store is closed: whatever goes wrong then, it is there.
#[test]
fn what_fails_at_the_end_is_not_called_unknown() {
    let room = Room::new();
    room.ok(&["put", "a", "b"]);
    room.write("records.jsonl", "{\"key\":\"imported\",\"value\":\"1\"}\n");
    let mut failed_at_the_end = 0;
    for when in 1..9 {
        let injection = format!("renameat2:error=EIO:when={when}");
        let key = format!("key {when}");
        let Some(run) = injected(&room, &injection, &["put", &key, "x"]) else {
            return;
        };
        let is_there = room.run(&["get", &key]).code == Some(0);
        if is_there && run.code != Some(0) {
            failed_at_the_end += 1;
            let sentence = run.error(4);
            assert!(
                sentence.starts_with("the value is saved, as commit "),
                "{sentence}"
            );
            assert!(!sentence.contains("unknown"), "{sentence}");
            assert!(is_there);
        } else if run.code == Some(0) {
            assert!(is_there);
            break;
        }
    }
    println!("{failed_at_the_end} failed while the store was closed");
}

/// The system would end the program without a word, and leave its temporary file.
#[test]
fn files_may_not_be_as_long() {
    let room = Room::new();
    room.write("file", "old");
    let input = room.write("input", vec![b'x'; 64 << 10]);
    // In units of 512 or of 1,024 bytes.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -f 16; exec \"$0\" save file"])
        .arg(program())
        .current_dir(room.path())
        .stdin(fs::File::open(input).unwrap());
    let sentence = Run::of(&mut shell).error(4);
    assert!(sentence.contains("`ulimit -f`"), "{sentence}");
    assert_eq!(fs::read(room.at("file")).unwrap(), b"old");
    assert_eq!(room.contents(".").len(), 2, "{:?}", room.contents("."));
}

#[test]
fn what_is_not_there_or_cannot_be_taken() {
    let room = Room::new();
    room.write("there", "x");
    let says = |arguments: &[&str], code: i32, expected: &str| {
        let run = room.run(arguments);
        assert_eq!(run.stdout, "", "{arguments:?}");
        let sentence = run.error(code);
        assert!(sentence.contains(expected), "{arguments:?}: {sentence}");
    };
    let no_directory = "there is no directory nowhere: create it first";
    says(&["save", "nowhere/file"], 4, no_directory);
    says(
        &["torture", "--states", "1", "--report", "nowhere/file"],
        4,
        no_directory,
    );
    says(
        &["save", "--no-clobber", "there"],
        4,
        "leave out --no-clobber",
    );
    says(
        &["import", "missing.csv"],
        3,
        "there is no file missing.csv",
    );
    says(
        &["demo", "--data", "missing.csv"],
        3,
        "there is no file missing.csv",
    );
    says(&["import", "."], 3, ". is a directory: name a file, or `-`");
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 1);
}
