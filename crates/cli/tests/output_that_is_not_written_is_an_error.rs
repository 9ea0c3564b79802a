//! Data that cannot be written is an error with a sentence, however the output fails: closed, open
//! the wrong way, full, or only when it is closed. What a command changed stays changed, and the
//! sentence says so.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::common::{Room, Run, line, program};

const CANNOT: &str = "could not write to standard output: ";

const READERS: [&[&str]; 13] = [
    &["--help"],
    &["put", "--help"],
    &["--version"],
    &["get", "planet"],
    &["get", "planet", "--json"],
    &["export"],
    &["scan"],
    &["scan", "--json"],
    &["status"],
    &["status", "--json"],
    &["verify"],
    &["verify", "--json"],
    &["inspect"],
];

fn room() -> Room {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    room
}

/// Outputs that cannot be written, by what is wrong with them. The closed one takes a shell.
fn bad_outputs() -> Vec<(&'static str, Option<File>)> {
    let mut outputs = vec![
        ("it is closed", None),
        (
            "it is open for reading only",
            Some(File::open("/dev/null").unwrap()),
        ),
    ];
    match File::options().write(true).open("/dev/full") {
        Ok(full) => outputs.push(("No space left on device", Some(full))),
        Err(_) => println!("skipped: this system has no /dev/full"),
    }
    outputs
}

fn run_into(room: &Room, arguments: &[&str], output: Option<&File>) -> Run {
    let mut command = match output {
        Some(output) => {
            let mut command = room.command(arguments);
            command.stdout(output.try_clone().unwrap());
            command
        }
        None => {
            let mut shell = Command::new("sh");
            shell
                .args(["-c", "exec \"$0\" \"$@\" >&-"])
                .arg(program())
                .args(arguments)
                .current_dir(room.path())
                .env_remove("STEADFAST_STORE");
            shell
        }
    };
    Run::of(command.stderr(Stdio::piped()))
}

#[test]
fn where_a_command_only_looks() {
    let room = room();
    for (reason, output) in bad_outputs() {
        for arguments in READERS {
            let sentence = run_into(&room, arguments, output.as_ref()).error(4);
            let expected = format!("{CANNOT}{reason}");
            assert!(sentence.starts_with(&expected), "{arguments:?}: {sentence}");
        }
    }
}

#[test]
fn where_a_command_changed_something_that_stays() {
    for (reason, output) in bad_outputs() {
        let room = room();
        let records: String = (0..600).map(|n| line(&n.to_string(), "v")).collect();
        room.write("records.jsonl", records);
        for (arguments, done) in [
            (
                &["put", "moon", "Phobos", "--json"][..],
                "the value is saved, as commit 2",
            ),
            (&["delete", "planet", "--json"], "the key is deleted"),
            (&["import", "records.jsonl"], "600 records are imported"),
            (
                &["import", "records.jsonl", "--json"],
                "600 records are imported",
            ),
            (&["snapshot"], "the snapshot is taken"),
            (&["snapshot", "--json"], "the snapshot is taken"),
            (&["backup", "copy"], "the store is copied to copy, whole"),
            (
                &["--store", "back", "restore", "copy", "--json"],
                "the store is restored to back, whole",
            ),
        ] {
            let sentence = run_into(&room, arguments, output.as_ref()).error(4);
            assert!(sentence.starts_with(CANNOT), "{arguments:?}: {sentence}");
            assert!(sentence.contains(reason), "{arguments:?}: {sentence}");
            assert!(sentence.ends_with(done), "{arguments:?}: {sentence}");
        }
        for store in ["data.steadfast", "copy", "back"] {
            assert_eq!(room.ok(&["--store", store, "scan"]).lines().count(), 601);
        }
    }
}

#[test]
fn where_acknowledgements_are_the_output() {
    for (reason, output) in bad_outputs() {
        let room = Room::new();
        let records: String = (0..60).map(|n| line(&n.to_string(), "v")).collect();
        room.write("records.jsonl", records);
        let arguments = ["import", "records.jsonl", "--acks", "--batch", "10"];
        let sentence = run_into(&room, &arguments, output.as_ref()).error(4);
        if reason.starts_with("No space") {
            // Found by the first of them.
            assert!(
                sentence.ends_with("the import has stopped after 10 records, all of them saved"),
                "{sentence}"
            );
            assert_eq!(room.ok(&["scan"]).lines().count(), 10);
        } else {
            assert_eq!(
                sentence,
                format!("{CANNOT}{reason}; the result is not complete; nothing was imported")
            );
            assert!(!room.at("data.steadfast").exists());
        }
    }
}

#[test]
fn an_output_that_takes_everything_is_none() {
    let room = room();
    for read in [false, true] {
        for arguments in READERS {
            let null = File::options()
                .read(read)
                .write(true)
                .open("/dev/null")
                .unwrap();
            run_into(&room, arguments, Some(&null)).ok();
        }
    }
}

/// Another program may have the descriptor answer at once, for itself: there is no room yet, and
/// that is no error.
#[test]
fn an_output_without_room_is_waited_for() {
    use std::io::Read as _;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    let room = Room::new();
    let value = "x".repeat(8 << 20);
    room.feed(&["put", "planet", "-"], &value).ok();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let mut command = room.command(&["get", "planet"]);
    let child = command
        .stdout(OwnedFd::from(theirs))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Holds the other side of the socket.
    drop(command);
    let mut got = String::new();
    ours.read_to_string(&mut got).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(got == value);
}

/// Network file systems and quotas may say only at the end that something was not written.
#[cfg(target_os = "linux")]
#[test]
fn where_only_the_closing_says_so() {
    let room = room();
    let output = room.write("output", "");
    let strace = |arguments: &[&str]| {
        let mut strace = Command::new("strace");
        strace
            .args([
                "-f",
                "-o",
                "/dev/null",
                "-e",
                "trace=close",
                "-e",
                "inject=close:error=EIO",
            ])
            .arg("-P")
            .arg(&output)
            .args(arguments)
            .current_dir(room.path())
            .stdout(File::create(&output).unwrap());
        strace
    };
    if !crate::common::can_trace() {
        return;
    }
    for arguments in READERS {
        let program = program();
        let mut all = vec![program.to_str().unwrap()];
        all.extend(arguments);
        let sentence = Run::of(&mut strace(&all)).error(4);
        assert_eq!(
            sentence,
            format!("{CANNOT}Input/output error (os error 5); the result is not complete")
        );
    }
}
