//! Standard input that cannot be read is an error: a file, a value and a store stay as they are.
//! Empty input is empty.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::common::{Room, Run, line, program};

/// The program below a shell that closes or opens its descriptors.
fn below_a_shell(room: &Room, arguments: &str, redirection: &str) -> Run {
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("exec \"$0\" {arguments} {redirection}"))
        .arg(program())
        .current_dir(room.path())
        .env_remove("STEADFAST_STORE");
    Run::of(&mut shell)
}

fn is_untouched(room: &Room) {
    assert_eq!(fs::read(room.at("file")).unwrap(), b"precious");
    assert_eq!(room.ok(&["get", "key"]), "precious");
    assert_eq!(room.ok(&["scan"]).lines().count(), 1);
    let names = fs::read_dir(room.path()).unwrap();
    assert_eq!(names.count(), 2, "something is left beside the file");
}

fn precious() -> Room {
    let room = Room::new();
    room.write("file", "precious");
    room.ok(&["put", "key", "precious"]);
    room
}

const READERS: [&str; 5] = [
    "save file",
    "put key -",
    "import -",
    "import - --format csv",
    "import /dev/stdin",
];

#[test]
fn closed_or_open_for_writing_only() {
    let room = precious();
    for reader in READERS {
        for (redirection, reason) in [
            ("0<&-", "it is closed"),
            ("0>/dev/null", "it is open for writing only"),
        ] {
            let sentence = below_a_shell(&room, reader, redirection).error(3);
            let expected = format!("could not read standard input: {reason}");
            assert!(sentence.starts_with(&expected), "{reader}: {sentence}");
            is_untouched(&room);
        }
    }
}

/// A descriptor that is opened once more by one of its names is opened for reading, whatever it
/// was.
#[cfg(target_os = "linux")]
#[test]
fn by_any_name_of_it() {
    let names = [
        "/dev/stdin",
        "/dev/fd/0",
        "/proc/self/fd/0",
        "/proc/thread-self/fd/0",
        "/proc/self/task/../fd/0",
        "link",
        "link-to-a-link",
    ];
    for (redirection, reason) in [
        ("0<&-", "it is closed"),
        ("0>/dev/null", "it is open for writing only"),
    ] {
        let room = Room::new();
        std::os::unix::fs::symlink("/dev/stdin", room.at("link")).unwrap();
        std::os::unix::fs::symlink("link", room.at("link-to-a-link")).unwrap();
        for name in names {
            for reader in ["import", "demo --kills 1 --data"] {
                let sentence =
                    below_a_shell(&room, &format!("{reader} {name}"), redirection).error(3);
                let expected = format!("could not read standard input: {reason}");
                assert!(sentence.starts_with(&expected), "{name}: {sentence}");
                assert_eq!(fs::read_dir(room.path()).unwrap().count(), 2);
            }
        }
    }
}

/// What a program without the names of descriptors at hand would take for an empty file.
#[cfg(target_os = "linux")]
#[test]
fn by_a_name_that_nobody_knows() {
    use nix::mount::{MsFlags, mount, umount};
    if !crate::common::is_root() {
        return;
    }
    let room = Room::new();
    let names = room.at("names");
    fs::create_dir(&names).unwrap();
    let bound = mount(
        Some("/proc"),
        &names,
        None::<&str>,
        MsFlags::MS_BIND,
        None::<&str>,
    );
    if let Err(error) = bound {
        println!("skipped: nothing can be mounted here ({error})");
        return;
    }
    let run = below_a_shell(&room, "import names/self/fd/0", "0<&-");
    umount(&names).unwrap();
    let sentence = run.error(3);
    let expected = "could not read names/self/fd/0: it is closed";
    assert!(sentence.starts_with(expected), "{sentence}");
    assert!(!room.at("data.steadfast").exists());
}

#[test]
fn it_makes_no_store() {
    let room = Room::new();
    for reader in &READERS[1..] {
        below_a_shell(&room, reader, "0<&-").error(3);
        assert_eq!(fs::read_dir(room.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_directory() {
    let room = precious();
    for reader in READERS {
        let sentence = below_a_shell(&room, reader, "0<.").error(3);
        let expected = "could not read standard input: Is a directory";
        assert!(sentence.starts_with(expected), "{reader}: {sentence}");
        is_untouched(&room);
    }
}

#[test]
fn nothing_at_all_is_read_as_nothing() {
    let null = |write| {
        File::options()
            .read(true)
            .write(write)
            .open("/dev/null")
            .unwrap()
    };
    // Both directions: what Python and container runtimes open, and what std puts in the place of a
    // closed descriptor.
    for both in [false, true] {
        let room = precious();
        for arguments in [
            &["save", "file"][..],
            &["put", "key", "-"],
            &["import", "-"],
        ] {
            let mut command = room.command(arguments);
            let run = Run::of(command.stdin(null(both)).stdout(null(true)));
            assert_eq!(run.code, Some(0), "{run:?}");
        }
        assert_eq!(fs::read(room.at("file")).unwrap(), b"");
        assert_eq!(room.ok(&["get", "key"]), "");
    }
}

/// Another program may have the descriptor answer at once, for itself: there is nothing yet, and
/// that is no end and no error.
#[test]
fn input_that_is_not_there_yet_is_waited_for() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    let room = Room::new();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let mut child = room
        .command(&["import", "-", "--acks", "--batch", "1"])
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acks = BufReader::new(child.stdout.take().unwrap()).lines();
    for number in 0..20 {
        let record = line(&number.to_string(), "v");
        // Where the import has ended, the acknowledgement is missing.
        let _ = ours.write_all(record.as_bytes());
        let ack = acks.next().map(Result::unwrap);
        assert_eq!(ack, Some(format!("ack {}", number + 1)));
    }
    drop(ours);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{run:?}");
}

/// Runs the program on a socket that is reset after it gave `input`: what a read answers then is an
/// error, and no end.
#[cfg(target_os = "linux")]
fn cut_off(room: &Room, arguments: &[&str], input: &[u8]) -> Run {
    use std::io::Write as _;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    ours.write_all(input).unwrap();
    // A socket that is closed with something unread in it is reset.
    theirs.write_all(b"unread").unwrap();
    drop(ours);
    let mut command = room.command(arguments);
    command
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Run::of(&mut command)
}

#[cfg(target_os = "linux")]
#[test]
fn a_failure_in_the_middle_replaces_nothing() {
    let room = precious();
    for arguments in [&["save", "file"][..], &["put", "key", "-"]] {
        let sentence = cut_off(&room, arguments, b"half").error(3);
        let expected = "could not read standard input: Connection reset";
        assert!(sentence.starts_with(expected), "{sentence}");
        is_untouched(&room);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_failure_in_the_middle_of_an_import_names_what_is_durable() {
    let records: String = (0..20).map(|n| line(&format!("{n:02}"), "v")).collect();
    let rows: String = (0..20).map(|n| format!("{n:02},v\n")).collect();
    for (format, input) in [
        ("jsonl", records + r#"{"key":"half","#),
        ("csv", format!("key,value\n{rows}half")),
    ] {
        let room = Room::new();
        let arguments = ["import", "-", "--acks", "--batch", "8", "--format", format];
        let run = cut_off(&room, &arguments, input.as_bytes());
        assert_eq!(run.stdout.lines().last(), Some("ack 20"));
        let sentence = run.error(3);
        assert!(
            sentence.starts_with("could not read standard input: Connection reset"),
            "{sentence}"
        );
        assert!(
            sentence.ends_with("; the 20 records before it are imported"),
            "{sentence}"
        );
        assert_eq!(room.ok(&["scan"]).lines().count(), 20);
    }
}
