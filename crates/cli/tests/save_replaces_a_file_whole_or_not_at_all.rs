//! `save`: the new file or the old one, never a part, and nothing left lying about but by a kill.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;
use std::time::Duration;

use crate::common::Room;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn names(room: &Room) -> Vec<String> {
    let entries = fs::read_dir(room.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_file_and_a_replaced_one() {
    let room = Room::new();
    assert_eq!(room.feed(&["save", "file"], "one").ok(), "");
    fs::set_permissions(room.at("file"), fs::Permissions::from_mode(0o640)).unwrap();
    room.feed(&["save", "file"], "two").ok();
    assert_eq!(fs::read(room.at("file")).unwrap(), b"two");
    assert_eq!(
        fs::metadata(room.at("file")).unwrap().permissions().mode() & 0o777,
        0o640
    );
    room.feed(&["save", "file"], "").ok();
    assert_eq!(fs::read(room.at("file")).unwrap(), b"");
    assert_eq!(names(&room), ["file"]);
}

#[test]
fn no_clobber() {
    let room = Room::new();
    room.feed(&["save", "--no-clobber", "file"], "one").ok();
    let sentence = room.feed(&["save", "--no-clobber", "file"], "two").error(4);
    assert!(sentence.contains("file already exists"), "{sentence}");
    assert_eq!(fs::read(room.at("file")).unwrap(), b"one");
    assert_eq!(names(&room), ["file"]);
}

#[test]
fn an_empty_input_is_refused_where_that_is_asked_for() {
    let room = Room::new();
    for file in ["file", "new"] {
        if file == "file" {
            room.write("file", "old");
        }
        let sentence = room.feed(&["save", "--refuse-empty", file], "").error(3);
        assert!(
            sentence.starts_with(&format!("standard input is empty: {file} is as it was")),
            "{sentence}"
        );
    }
    assert_eq!(fs::read(room.at("file")).unwrap(), b"old");
    assert_eq!(names(&room), ["file"]);
    room.feed(&["save", "--refuse-empty", "file"], "x").ok();
    assert_eq!(fs::read(room.at("file")).unwrap(), b"x");
}

#[test]
fn symbolic_links_are_followed_or_replaced() {
    let room = Room::new();
    room.write("file", "one");
    symlink("file", room.at("link")).unwrap();
    room.feed(&["save", "link"], "two").ok();
    assert_eq!(fs::read(room.at("file")).unwrap(), b"two");
    assert!(fs::symlink_metadata(room.at("link")).unwrap().is_symlink());
    room.feed(&["save", "--replace-symlink", "link"], "three")
        .ok();
    assert_eq!(fs::read(room.at("file")).unwrap(), b"two");
    assert!(fs::symlink_metadata(room.at("link")).unwrap().is_file());
}

#[test]
fn what_is_no_file_is_refused() {
    let room = Room::new();
    fs::create_dir(room.at("directory")).unwrap();
    for (file, reason) in [
        ("directory", "it is a directory"),
        ("missing/file", "there is no directory missing"),
    ] {
        let sentence = room.feed(&["save", file], "x").error(4);
        assert!(sentence.contains(reason), "{sentence}");
    }
    assert_eq!(names(&room), ["directory"]);
}

#[test]
fn a_kill_leaves_the_old_file_or_the_new_one() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let room = Room::new();
    room.write("file", "old");
    let new = vec![b'n'; 1 << 20];
    let (mut old_left, mut new_left) = (0, 0);
    for _ in 0..60 {
        room.write("file", "old");
        let mut child = room
            .command(&["save", "file"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let fed = new.clone();
        let feeder = std::thread::spawn(move || drop(input.write_all(&fed)));
        std::thread::sleep(Duration::from_micros(random.u64(..8_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        feeder.join().unwrap();
        let found = fs::read(room.at("file")).unwrap();
        if found == b"old" {
            old_left += 1;
        } else {
            assert!(found == new, "seed {seed}: {} bytes", found.len());
            new_left += 1;
        }
    }
    println!("the old file {old_left} times, the new one {new_left} times");
}

#[test]
fn an_interrupt_leaves_the_old_file_and_no_litter() {
    let room = Room::new();
    room.write("file", "old");
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let mut child = room
            .command(&["save", "file"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // More than a pipe holds: when it is written, the program has begun to read.
        input.write_all(&vec![b'n'; 1 << 20]).unwrap();
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(fs::read(room.at("file")).unwrap(), b"old");
        assert_eq!(names(&room), ["file"]);
    }
}

#[test]
fn an_interrupt_of_the_whole_pipe_saves_no_half() {
    let room = Room::new();
    room.interrupt_pipes("(printf half; exec sleep 100) | \"$0\" save file", |run| {
        if let Some(run) = run {
            assert_eq!(fs::read(room.at("file")).unwrap(), b"old", "{run}");
            assert_eq!(names(&room), ["file"], "{run}");
        }
        room.write("file", "old");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_file() {
    let room = Room::new();
    if !crate::common::is_root() {
        return;
    }
    let Some(_mount) = crate::common::Mount::tmpfs(&room.at("disk"), "size=1m") else {
        return;
    };
    room.write("disk/file", "old");
    let sentence = room
        .feed(&["save", "disk/file"], vec![b'n'; 2 << 20])
        .error(4);
    assert!(sentence.starts_with("no space left to "), "{sentence}");
    assert_eq!(fs::read(room.at("disk/file")).unwrap(), b"old");
    assert_eq!(fs::read_dir(room.at("disk")).unwrap().count(), 1);
}
