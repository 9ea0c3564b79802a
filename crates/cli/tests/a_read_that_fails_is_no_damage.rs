//! A read that fails now says nothing about what is stored: `verify` and `inspect` call it neither
//! damage nor sound, and the exit code is that of a store that cannot be used.

use std::process::Command;

use crate::common::{Room, Run, can_trace, program};

/// More than a look at the store of this test makes of one call.
const CALLS_MAX: u32 = 40;

fn room() -> Room {
    let room = Room::new();
    for number in 0..5 {
        room.ok(&["put", &number.to_string(), &"value ".repeat(50)]);
    }
    room.ok(&["snapshot"]);
    room.ok(&["put", "after", "that"]);
    room
}

#[track_caller]
fn is_no_verdict(run: &Run) {
    let said = format!("{run:?}");
    assert_eq!(run.code, Some(4), "{said}");
    assert!(!run.stdout.contains("sound"), "{said}");
    assert!(!run.stdout.contains("damage"), "{said}");
    assert_eq!(run.stderr.lines().count(), 1, "{said}");
}

/// Runs it with so few descriptors that it fails early, later, and at last not at all.
#[test]
fn for_want_of_descriptors() {
    let room = room();
    for arguments in ["verify", "verify --json", "inspect", "status"] {
        let mut failed = 0;
        for descriptors in 4..20 {
            let mut shell = Command::new("sh");
            shell
                .arg("-c")
                .arg(format!("ulimit -n {descriptors}; exec \"$0\" {arguments}"))
                .arg(program())
                .current_dir(room.path())
                .env_remove("STEADFAST_STORE");
            let run = Run::of(&mut shell);
            if run.code == Some(0) {
                assert!(run.stderr.is_empty(), "{run:?}");
                continue;
            }
            failed += 1;
            is_no_verdict(&run);
        }
        assert!((1..16).contains(&failed), "{arguments}: {failed} of 16");
    }
}

/// Every read, and every opening, of a file or folder of the store fails once, and only once.
#[test]
fn of_any_file_of_the_store() {
    if !can_trace() {
        return;
    }
    let room = room();
    let traced = |arguments: &str, call: &str, error: &str, number: u32| {
        let mut strace = Command::new("strace");
        let store = room.at("data.steadfast");
        strace.args(["-f", "-o", "/dev/null"]);
        strace.arg("-P").arg(&store);
        for path in ["manifest", "snapshot", "wal"] {
            strace.arg("-P").arg(store.join(path));
            for entry in std::fs::read_dir(store.join(path)).unwrap() {
                strace.arg("-P").arg(entry.unwrap().path());
            }
        }
        strace
            .arg(format!("-etrace={call}"))
            .arg(format!("-einject={call}:error={error}:when={number}"))
            .arg(program())
            .args(arguments.split(' '))
            .current_dir(room.path())
            .env_remove("STEADFAST_STORE");
        Run::of(&mut strace)
    };
    for arguments in ["verify", "verify --json", "inspect --json"] {
        for (call, error) in [
            ("pread64", "EIO"),
            ("openat", "EMFILE"),
            ("openat", "EACCES"),
        ] {
            let mut failed = 0;
            for number in 1..=CALLS_MAX {
                let run = traced(arguments, call, error, number);
                if run.code == Some(0) {
                    assert!(!run.stdout.contains("unreadable"), "{run:?}");
                    continue;
                }
                failed += 1;
                if arguments.starts_with("inspect") {
                    assert_eq!(run.code, Some(4), "{run:?}");
                    assert!(!run.stdout.contains("damaged"), "{run:?}");
                } else {
                    is_no_verdict(&run);
                    assert!(run.stderr.contains("is unknown"), "{run:?}");
                }
            }
            println!("{arguments}: {failed} of {call} failed with {error}");
            assert!((1..CALLS_MAX).contains(&failed), "{failed} of {CALLS_MAX}");
        }
    }
}
