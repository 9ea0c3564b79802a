//! Short commands wait for each other; whoever waits for long is told why, and may stop at any
//! time.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Stdio};

use crate::common::{Room, Run, Writer, line};

#[test]
fn short_commands_at_the_same_time_all_succeed() {
    let room = Room::new();
    let numbers: Vec<usize> = (0..40).collect();
    std::thread::scope(|scope| {
        for share in numbers.chunks(5) {
            let room = &room;
            scope.spawn(move || {
                for number in share {
                    let run = room.run(&["put", &format!("k{number}"), "v", "--wait", "10m"]);
                    assert_eq!(run.code, Some(0), "{run:?}");
                }
            });
        }
    });
    assert_eq!(room.ok(&["scan"]).lines().count(), 40);
}

/// A writer, and a command that waits for it and has said so.
fn waiting(room: &Room) -> (Writer, Child, BufReader<ChildStderr>) {
    let mut writer = Writer::start(room, "data.steadfast");
    writer.feed(&line("planet", "Mars"));
    assert_eq!(writer.ack(), Some(1));
    let mut child = room
        .command(&["put", "moon", "Phobos", "--wait", "60s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut note = String::new();
    said.read_line(&mut note).unwrap();
    assert!(
        note.starts_with("note: ./data.steadfast is in use by process ")
            && note.ends_with(" (steadfast): waiting up to 60 s for it\n"),
        "{note}"
    );
    (writer, child, said)
}

#[test]
fn who_waits_is_told_and_goes_on_when_the_store_is_free() {
    let room = Room::new();
    let (writer, mut child, mut said) = waiting(&room);
    writer.end().ok();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut more = String::new();
    said.read_to_string(&mut more).unwrap();
    assert_eq!(more, "", "told once");
    assert_eq!(room.ok(&["get", "moon"]), "Phobos");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_wait() {
    use nix::sys::signal::{Signal, kill};
    use std::os::unix::process::ExitStatusExt as _;
    let room = Room::new();
    let (writer, mut child, _said) = waiting(&room);
    let id = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(id, Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(Signal::SIGINT as i32));
    writer.end().ok();
    room.run(&["get", "moon"]).error(1);
}

#[test]
fn in_use_has_an_exit_code_of_its_own_and_names_the_wait() {
    let room = Room::new();
    room.ok(&["--store", "other", "put", "a", "1"]);
    let mut writer = Writer::start(&room, "data.steadfast");
    writer.feed(&line("planet", "Mars"));
    assert_eq!(writer.ack(), Some(1));
    for command in [
        &["put", "a", "b"][..],
        &["delete", "planet"],
        &["snapshot"],
        &["import", "-"],
    ] {
        let sentence = room.run(&[command, &["--wait", "20ms"]].concat()).error(6);
        assert!(
            sentence.contains(" (steadfast), also after waiting ")
                && sentence.contains(" ms: close that first"),
            "{sentence}"
        );
    }
    for (wait, is_right) in [
        ("0", true),
        ("0s", true),
        ("1.5ms", true),
        ("0.0001m", true),
        ("5 s", false),
        ("s", false),
        ("", false),
        ("-1s", false),
        ("5d", false),
        ("1e3s", false),
        ("inf", false),
        ("99999999999999999999h", false),
    ] {
        let run = room.run(&["put", "a", "b", &format!("--wait={wait}")]);
        assert_eq!(
            run.code,
            Some(if is_right { 6 } else { 2 }),
            "{wait}: {run:?}"
        );
    }
    writer.end().ok();
}

#[test]
fn who_only_looks_never_waits() {
    let room = Room::new();
    let (writer, mut child, _said) = waiting(&room);
    for command in [
        &["get", "planet"][..],
        &["scan"],
        &["export"],
        &["status"],
        &["verify"],
    ] {
        // Its note would be the only way to notice.
        let run = Run::of(&mut room.command(&[command, &["--wait", "60s"]].concat()));
        run.ok();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    writer.end().ok();
}
