//! On a disk with less room than the state takes, a snapshot is saved compressed. Where that does
//! not fit either, the error is one sentence, and everything is there.

use std::fs::{self, OpenOptions};
use std::io::Write;

use crate::common::{Mount, Room, is_root};

const VALUES: u32 = 15;
const LEFT: u64 = 120 << 10;

/// Fills the disk up to what is left.
fn fill(room: &Room) {
    let ballast = room.at("disk/ballast");
    let mut file = fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let len = file.metadata().unwrap().len();
    file.set_len(len.checked_sub(LEFT).unwrap()).unwrap();
}

/// A store with these values, on a disk that is full but for what is left.
fn full_store(room: &Room, value: fn(u32) -> String) -> Option<Mount> {
    if !is_root() {
        return None;
    }
    let mount = Mount::tmpfs(&room.at("disk"), "size=2m")?;
    for n in 0..VALUES {
        room.ok(&["--store", "disk/store", "put", &format!("{n}"), &value(n)]);
    }
    fill(room);
    Some(mount)
}

fn all_are_there(room: &Room, value: fn(u32) -> String) {
    room.ok(&["--store", "disk/store", "verify"]);
    for n in 0..VALUES {
        let read = room.ok(&["--store", "disk/store", "get", &format!("{n}")]);
        assert_eq!(read, value(n));
    }
}

/// The same words again and again.
fn prose(n: u32) -> String {
    format!("the moons of Jupiter, page {n}; ").repeat(600)
}

/// Nothing repeats in it.
fn noise(n: u32) -> String {
    let mut random = fastrand::Rng::with_seed(n.into());
    (0..20_000).map(|_| random.alphanumeric()).collect()
}

#[test]
fn words_fit_compressed() {
    let room = Room::new();
    let Some(_mount) = full_store(&room, prose) else {
        return;
    };
    room.ok(&["--store", "disk/store", "snapshot"]);
    let snapshot = crate::common::newest(&room.at("disk/store"), "snapshot");
    let len = snapshot.metadata().unwrap().len();
    assert!(len < LEFT, "{len} bytes");
    all_are_there(&room, prose);
    // Whatever reads a store reads this one.
    room.ok(&["--store", "disk/store", "inspect"]);
    room.ok(&["--store", "disk/store", "status"]);
    room.ok(&["--store", "disk/store", "backup", "elsewhere"]);
    let read = room.ok(&["--store", "elsewhere", "get", "7"]);
    assert_eq!(read, prose(7));
}

#[test]
fn noise_does_not_and_nothing_is_lost() {
    let room = Room::new();
    let Some(_mount) = full_store(&room, noise) else {
        return;
    };
    let sentence = room.run(&["--store", "disk/store", "snapshot"]).error(4);
    assert!(
        sentence.starts_with("no space left to write ")
            && sentence.ends_with(" even compressed: make room, then do it again"),
        "{sentence}"
    );
    all_are_there(&room, noise);
    room.ok(&["--store", "disk/store", "put", "small", "x"]);
    // With room it is taken.
    let ballast = OpenOptions::new().write(true).open(room.at("disk/ballast"));
    ballast.unwrap().set_len(0).unwrap();
    room.ok(&["--store", "disk/store", "snapshot"]);
    all_are_there(&room, noise);
}
