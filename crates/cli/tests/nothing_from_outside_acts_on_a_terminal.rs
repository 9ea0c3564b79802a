//! Names of files, columns, places and arguments are shown; none of them moves the cursor, sets a
//! title or turns the text around.

use std::fs;

use crate::common::{Room, on_a_terminal};

/// A title, a bell, a cleared screen in one character, a colour, an override of the direction, an
/// isolate, a mark.
const MEAN: &str = "\x1b]0;owned\x07\u{9b}2J\x1b[35m\u{202e}\u{2066}\u{61c}\u{200f}\x7f";

/// What the program and its parser of arguments may say by themselves.
fn without_styles(seen: &str) -> String {
    let mut rest = seen.to_owned();
    for style in ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[4m"] {
        rest = rest.replace(style, "");
    }
    // Bold, then a colour: no colour stands alone.
    for colour in ["\x1b[31m", "\x1b[32m", "\x1b[33m"] {
        rest = rest.replacen(colour, "", 2);
    }
    // A terminal's own line ends.
    rest.replace("\r\n", "\n")
}

#[track_caller]
fn acts_on_nothing(seen: &str) {
    let acts = |c: char| {
        (c.is_control() && c != '\t' && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let rest = without_styles(seen);
    assert!(!rest.contains(acts), "{rest:?}");
    assert!(!seen.contains("\x1b]0;"), "{seen:?}");
}

#[test]
fn whatever_a_message_names() {
    let room = Room::new();
    room.write("header.csv", format!("{MEAN}name,b\n1,2\n"));
    room.write("twice.csv", format!("k{MEAN},k{MEAN}\n1,2\n"));
    room.write(MEAN, "no records");
    fs::create_dir(room.at("full")).unwrap();
    room.write(&format!("full/{MEAN}"), "");
    fs::create_dir(room.at(&format!("{MEAN}full"))).unwrap();
    room.write(&format!("{MEAN}full/x"), "");
    room.ok(&["put", "planet", "Mars"]);
    let option = format!("--{MEAN}");
    let mean_full = format!("{MEAN}full");
    for arguments in [
        // Contents of files. Without acknowledgements a terminal gets a bar.
        &["import", "header.csv", "--acks", "--key", "nope"][..],
        &["import", "header.csv", "--acks", "--key", MEAN],
        &["import", "twice.csv", "--acks"],
        // Names of files and places.
        &["import", "--acks", MEAN],
        &["import", "absent", MEAN],
        &["--store", "full", "put", "a", "b"],
        &["--store", "full", "get", "a"],
        &["--store", &mean_full, "status"],
        &["--store", MEAN, "get", "a"],
        &["backup", &mean_full],
        &["restore", MEAN],
        &["inspect", MEAN],
        // Keys.
        &["get", MEAN],
        &["delete", MEAN],
        // What the parser of arguments repeats.
        &[MEAN],
        &["get", &option],
        &["get", "a", MEAN],
        &["import", "-", "--format", MEAN],
        &["import", "-", "--batch", MEAN],
        &["restore", "x", "--at", MEAN],
        &["put", "a", "b", "--wait", MEAN],
        &["put", "a", "b", "--store", &format!("file://{MEAN}/x")],
    ] {
        let seen = on_a_terminal(&room, arguments);
        assert!(seen.contains("error"), "{arguments:?}: {seen:?}");
        acts_on_nothing(&seen);
        let run = room.run(arguments);
        assert_ne!(run.code, Some(0));
        // Nor on the terminal of whoever looks at a log.
        acts_on_nothing(&run.stderr);
    }
}

#[test]
fn whatever_an_answer_names() {
    let room = Room::new();
    let place = format!("store {}", MEAN.trim_end());
    let store = |more: &[&str]| -> String {
        let arguments = [&["--store", &place], more].concat();
        on_a_terminal(&room, &arguments)
    };
    store(&["put", MEAN, MEAN]);
    for command in [
        &["status"][..],
        &["status", "--json"],
        &["verify"],
        &["verify", "--json"],
        &["inspect"],
        &["snapshot"],
        &["scan"],
        &["scan", "--json"],
        &["export"],
        &["get", MEAN, "--json"],
        &["backup", &format!("copy {MEAN}")],
        &["import", "--acks", MEAN],
    ] {
        acts_on_nothing(&store(command));
    }
    // It means the same.
    let json = store(&["status", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(answer["location"], place);
    let exported: serde_json::Value = serde_json::from_str(&store(&["export"])).unwrap();
    assert_eq!(exported["key"], MEAN);
    // What is no message is data: into a pipe go the bytes.
    assert_eq!(room.ok(&["--store", &place, "get", MEAN]), MEAN);
}

#[test]
fn the_name_that_the_program_was_started_by() {
    use std::os::unix::process::CommandExt as _;
    let room = Room::new();
    let mut command = room.command(&["get"]);
    let run = crate::common::Run::of(command.arg0(MEAN));
    assert_eq!(run.code, Some(2));
    acts_on_nothing(&run.stderr);
}
