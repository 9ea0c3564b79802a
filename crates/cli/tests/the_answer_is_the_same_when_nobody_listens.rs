//! What a command found out decides its exit code, also where the reader of its output has gone, or
//! its output is full or closed.

use std::fs::{self, File};
use std::process::Stdio;

use crate::common::{Room, Run, newest};

/// Runs a command whose readers have gone before it began.
fn unheard(room: &Room, arguments: &[&str], also_stderr: bool) -> Run {
    let (reader, output) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = room.command(arguments);
    if also_stderr {
        command.stderr(output.try_clone().unwrap());
    } else {
        command.stderr(Stdio::piped());
    }
    Run::of(command.stdout(output))
}

/// A store that has lost its manifests, which every command notices.
fn damaged() -> Room {
    let room = Room::new();
    for number in 0..3 {
        room.ok(&["put", &number.to_string(), "value"]);
    }
    fs::remove_dir_all(room.at("data.steadfast/manifest")).unwrap();
    room
}

const JUDGES: [&[&str]; 4] = [
    &["verify"],
    &["verify", "--json"],
    &["status"],
    &["status", "--json"],
];

#[test]
fn damage_is_damage() {
    let room = damaged();
    for arguments in JUDGES {
        for also_stderr in [false, true] {
            let run = unheard(&room, arguments, also_stderr);
            assert_eq!(run.code, Some(1), "{arguments:?}: {run:?}");
        }
        let mut command = room.command(arguments);
        // Open for reading only, it cannot be written at all.
        let run = Run::of(command.stdout(File::open("/dev/null").unwrap()));
        assert_eq!(run.code, Some(1), "{arguments:?}: {run:?}");
        // And where it is full, the sentence says both.
        if let Ok(full) = File::options().write(true).open("/dev/full") {
            let sentence = Run::of(room.command(arguments).stdout(full)).error(1);
            let is_told = sentence.contains("could not write to standard output");
            assert!(is_told || arguments == ["status", "--json"], "{sentence}");
            // Also where the sentence itself finds no room.
            let full = || File::options().write(true).open("/dev/full").unwrap();
            let mut command = room.command(arguments);
            assert_eq!(Run::of(command.stdout(full()).stderr(full())).code, Some(1));
        }
    }
}

#[test]
fn damage_in_the_log_is_damage() {
    let room = Room::new();
    for number in 0..3 {
        room.ok(&["put", &number.to_string(), "some value"]);
    }
    room.ok(&["snapshot"]);
    let snapshot = newest(&room.at("data.steadfast"), "snapshot");
    let mut bytes = fs::read(&snapshot).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&snapshot, bytes).unwrap();
    for arguments in &JUDGES[..2] {
        assert_eq!(unheard(&room, arguments, false).code, Some(1));
        assert_eq!(unheard(&room, arguments, true).code, Some(1));
    }
}

#[test]
fn a_sound_store_is_sound() {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    for arguments in JUDGES {
        let run = unheard(&room, arguments, false);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn no_is_no() {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    for (arguments, code) in [
        (&["get", "moon"][..], 1),
        (&["delete", "moon"], 1),
        (&["inspect", "wal/7"], 1),
        (&["--store", "elsewhere", "export"], 4),
        (&["gte"], 2),
    ] {
        let run = unheard(&room, arguments, true);
        assert_eq!(run.code, Some(code), "{arguments:?}");
    }
}

/// Nobody has to listen for the trial of the simulated disks to go to its end.
#[test]
fn a_torture_goes_to_its_end() {
    let room = Room::new();
    let arguments = ["torture", "--states", "1", "--report", "torture.html"];
    assert_eq!(unheard(&room, &arguments, false).code, Some(0));
    assert!(room.at("torture.html").exists());
}
