//! The demo empties a directory of an earlier demo's store. The directory stays whatever it is, and
//! nothing else is removed; a store in use is waited for.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::signal::{SigHandler, Signal, signal};

use crate::common::{Mount, Room, Run, Writer, contents, is_root, line};

const DEMO: [&str; 3] = ["demo", "--kills", "2"];

#[test]
fn a_link_stays_a_link() {
    let room = Room::new();
    fs::create_dir_all(room.at("disk/demo")).unwrap();
    symlink("disk/demo", room.at("demo.steadfast")).unwrap();
    for _ in 0..2 {
        room.ok(&DEMO);
        assert!(room.at("demo.steadfast").is_symlink());
        assert!(room.at("disk/demo/manifest").is_dir());
    }
}

#[test]
fn a_mount_point_stays_one() {
    if !is_root() {
        return;
    }
    let room = Room::new();
    let Some(mount) = Mount::tmpfs(&room.at("demo.steadfast"), "size=32m") else {
        return;
    };
    // What a new file system has in it.
    fs::create_dir(mount.0.join("lost+found")).unwrap();
    for _ in 0..2 {
        room.ok(&DEMO);
        assert!(mount.0.join("lost+found").is_dir());
    }
}

#[test]
fn what_is_no_part_of_it_is_left_alone() {
    type Make = fn(&Room);
    let foreign: [(&str, Make); 5] = [
        ("notes.txt", |room| {
            room.write("demo.steadfast/notes.txt", "x");
        }),
        ("wal/notes.txt", |room| {
            room.write("demo.steadfast/wal/notes.txt", "x");
        }),
        ("wal/0000000000000099", |room| {
            symlink("../../file", room.at("demo.steadfast/wal/0000000000000099")).unwrap();
        }),
        ("wal", |room| {
            fs::rename(room.at("demo.steadfast/wal"), room.at("elsewhere")).unwrap();
            symlink("../elsewhere", room.at("demo.steadfast/wal")).unwrap();
        }),
        (".steadfast.folder", |room| {
            fs::create_dir(room.at("demo.steadfast/.steadfast.folder")).unwrap();
        }),
    ];
    for (name, make) in foreign {
        let room = Room::new();
        room.write("file", "x");
        room.ok(&DEMO);
        make(&room);
        let before = contents(room.path());
        let sentence = room.run(&DEMO).error(4);
        let expected = format!("./demo.steadfast holds `{name}` besides");
        assert!(sentence.starts_with(&expected), "{sentence}");
        assert_eq!(contents(room.path()), before);
    }
    let room = Room::new();
    symlink("nowhere", room.at("demo.steadfast")).unwrap();
    let sentence = room.run(&DEMO).error(4);
    assert!(
        sentence.starts_with("./demo.steadfast is a link that leads nowhere"),
        "{sentence}"
    );
    assert!(!room.at("nowhere").exists());
}

#[test]
fn a_store_in_use_is_waited_for() {
    let room = Room::new();
    room.ok(&DEMO);
    let mut writer = Writer::start(&room, "demo.steadfast");
    writer.feed(&line("a", "1"));
    assert_eq!(writer.ack(), Some(1));
    room.run(&["demo", "--wait", "0"]).error(6);
    let mut child = room
        .command(&["demo", "--kills", "1", "--wait", "60s"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut note = String::new();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    said.read_line(&mut note).unwrap();
    assert!(
        note.contains("is in use by process ") && note.contains("waiting up to 60 s"),
        "{note}"
    );
    writer.end().ok();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Between two lives of its writer nobody has the store of a demo open.
#[test]
fn another_demo_is_waited_for() {
    let room = Room::new();
    room.ok(&DEMO);
    let marker = File::open(room.at("demo.steadfast/.steadfast.demo")).unwrap();
    marker.lock().unwrap();
    let before = contents(room.path());
    let sentence = room.run(&["demo", "--wait", "0"]).error(6);
    assert!(
        sentence.starts_with("./demo.steadfast is in use by another demo"),
        "{sentence}"
    );
    assert_eq!(contents(room.path()), before);
    drop(marker);
    room.ok(&DEMO);
}

/// A file of a store that comes and goes while the place is looked at is no reason to refuse it.
#[test]
fn what_a_running_store_takes_away_is_passed_over() {
    let room = Room::new();
    room.ok(&DEMO);
    let fleeting = room.at("demo.steadfast/.steadfast.0123456789abcdef.claim");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = fs::write(&fleeting, "");
                let _ = fs::remove_file(&fleeting);
            }
        });
        let runs: Vec<_> = (0..20).map(|_| room.run(&DEMO)).collect();
        is_over.store(true, Ordering::Relaxed);
        for run in runs {
            run.ok();
        }
    });
}

/// A running demo is such a one.
#[test]
fn a_running_demo_keeps_another_one_out() {
    let room = Room::new();
    let mut first = room
        .command(&["demo", "--kills", "100000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It has made its place when it says what it does.
    let mut said = String::new();
    let mut output = BufReader::new(first.stdout.take().unwrap());
    output.read_line(&mut said).unwrap();
    assert!(said.starts_with("Saving"), "{said}");
    for _ in 0..20 {
        room.run(&["demo", "--wait", "0"]).error(6);
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // Its last writer ends with its input.
    room.ok(&["demo", "--kills", "1", "--wait", "60s"]);
}

/// Some supervisors have it ignored, and that is inherited.
#[test]
#[expect(
    unsafe_code,
    reason = "what signals do is inherited, and only a child may change it here"
)]
fn where_the_end_of_a_child_is_ignored() {
    let room = Room::new();
    for arguments in [&DEMO[..], &["torture", "--states", "1"]] {
        let mut command = room.command(arguments);
        // SAFETY: between fork and exec one call to the system is made, and no memory is taken.
        unsafe {
            command.pre_exec(|| {
                signal(Signal::SIGCHLD, SigHandler::SigIgn)?;
                Ok(())
            });
        }
        Run::of(&mut command).ok();
    }
}
