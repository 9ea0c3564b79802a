//! Colours and progress for terminals, plain data for pipes and files, and no noise when a reader
//! stops early.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

#[cfg(target_os = "linux")]
use crate::common::on_a_terminal;
use crate::common::{Room, line};

fn many(room: &Room) {
    let records: String = (0..3000)
        .map(|n| line(&format!("{n:04}"), &"x".repeat(100)))
        .collect();
    room.write("records.jsonl", records);
}

#[test]
fn nothing_but_data_goes_into_a_pipe() {
    let room = Room::new();
    many(&room);
    for arguments in [
        &["import", "records.jsonl"][..],
        &["status"],
        &["verify"],
        &["inspect"],
        &["snapshot"],
        &["scan"],
        &["demo", "--kills", "2"],
    ] {
        let said = room.ok(arguments);
        assert!(!said.contains('\x1b') && !said.contains('\r'), "{said}");
    }
    let failed = room.run(&["get", "absent"]);
    assert_eq!(
        failed.stderr,
        "error: there is no key `absent` in ./data.steadfast\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_a_bar_and_colours() {
    let room = Room::new();
    many(&room);
    let seen = on_a_terminal(&room, &["import", "records.jsonl", "--batch", "100"]);
    assert!(
        seen.contains('%') && seen.contains("3,000 records"),
        "{seen}"
    );
    let last = seen
        .rsplit('\r')
        .find(|part| !part.trim().is_empty())
        .unwrap();
    assert!(
        last.contains("imported 3,000 records in 30 commits"),
        "{seen}"
    );
    assert!(on_a_terminal(&room, &["verify"]).contains("\x1b["));
    assert!(on_a_terminal(&room, &["get", "absent"]).contains("\x1b["));
    let seen = on_a_terminal(&room, &["demo", "--kills", "3"]);
    assert!(seen.contains("3 of 3"), "{seen}");
    // Acknowledgements on the terminal: a bar would write over them.
    let seen = on_a_terminal(&room, &["import", "records.jsonl", "--acks"]);
    assert!(!seen.contains('%'), "{seen}");
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let room = Room::new();
    many(&room);
    room.ok(&["import", "records.jsonl"]);
    for arguments in [
        &["export"][..],
        &["scan"],
        &["scan", "--json"],
        &["inspect", "--json"],
    ] {
        let mut child = room
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if arguments[0] != "inspect" {
            let mut line = String::new();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            output.read_line(&mut line).unwrap();
            assert!(line.ends_with('\n'));
        } else {
            drop(child.stdout.take());
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.stderr, b"");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn an_import_whose_acknowledgements_nobody_reads_stops_and_says_so() {
    let room = Room::new();
    many(&room);
    let mut child = room
        .command(&["import", "records.jsonl", "--acks", "--batch", "10"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = crate::common::Run::from(child.wait_with_output().unwrap());
    let sentence = run.error(4);
    assert!(
        sentence.contains("the import has stopped after 10 records, all of them saved"),
        "{sentence}"
    );
    assert_eq!(room.ok(&["scan"]).lines().count(), 10);
}
