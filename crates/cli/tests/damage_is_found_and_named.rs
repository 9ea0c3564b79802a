//! Whatever happens to a store's files is found, named with its place, and nothing is changed or
//! guessed away.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Room, Writer, line, newest};

/// A store with two snapshots, a log behind them, and a finished segment in it.
fn store(room: &Room) {
    for number in 0..6 {
        room.ok(&["put", &format!("planet {number}"), "a value of some length"]);
        if number == 1 || number == 3 {
            room.ok(&["snapshot"]);
        }
    }
}

fn flip(file: &Path, offset: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[offset] ^= 0x40;
    fs::write(file, bytes).unwrap();
}

/// The files in a folder, oldest first.
fn files(store: &Path, folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(store.join(folder)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The segments with commits in them, oldest first.
fn segments(store: &Path) -> Vec<PathBuf> {
    const HEADER_LEN: u64 = 96;
    let mut files = files(store, "wal");
    files.retain(|file| fs::metadata(file).unwrap().len() > HEADER_LEN);
    files
}

fn name_of(store: &Path, file: &Path) -> String {
    let name = file.strip_prefix(store).unwrap();
    name.to_str().unwrap().replace('\\', "/")
}

/// `verify` exits with 1 and names the file; neither it nor a write changes a byte, and no write is
/// accepted.
fn is_named(room: &Room, file: &str, description: &str) {
    let before = room.contents("data.steadfast");
    let verified = room.run(&["verify"]);
    assert!(verified.stdout.contains(file), "{verified:?}");
    assert!(verified.stdout.contains(description), "{verified:?}");
    verified.error(1);
    let report = room.run(&["verify", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["sound"], false);
    assert_eq!(report["damage"][0]["file"], file);
    let inspected = room.run(&["inspect"]);
    assert_eq!(inspected.code, Some(0));
    for command in [["status"], ["export"]] {
        room.run(&command);
    }
    assert!(
        room.contents("data.steadfast") == before,
        "changed by looking"
    );
}

/// What is needed and damaged keeps the store shut: an error that names it, and not a byte changed.
fn keeps_the_store_shut(room: &Room, file: &str) {
    let before = room.contents("data.steadfast");
    let lockless = |mut files: std::collections::BTreeMap<_, _>| {
        files.retain(|name: &std::path::PathBuf, _: &mut Vec<u8>| {
            !name.to_str().unwrap().starts_with(".steadfast")
        });
        files
    };
    for command in [
        vec!["put", "a", "b"],
        vec!["get", "planet 5"],
        vec!["snapshot"],
        vec!["export"],
    ] {
        let run = room.run(&command);
        assert_eq!(run.stdout, "");
        let sentence = run.error(4);
        assert!(sentence.contains(file), "{sentence}");
    }
    let after = room.contents("data.steadfast");
    assert!(lockless(after) == lockless(before), "changed by failing");
}

#[test]
fn a_flipped_byte_in_the_log() {
    let room = Room::new();
    store(&room);
    let store = room.at("data.steadfast");
    // The last one too: a store that was closed knows where its log ends.
    for file in segments(&store).into_iter().rev().take(2) {
        flip(&file, 120);
        let name = name_of(&store, &file);
        is_named(&room, &name, "is damaged at byte");
        keeps_the_store_shut(&room, &name);
        flip(&file, 120);
    }
    room.ok(&["verify"]);
}

#[test]
fn a_flipped_byte_in_the_newest_snapshot_is_survived_and_named() {
    let room = Room::new();
    store(&room);
    let exported = room.ok(&["export"]);
    let store = room.at("data.steadfast");
    let file = newest(&store, "snapshot");
    flip(&file, 100);
    is_named(&room, &name_of(&store, &file), "is damaged at byte");
    // The one before it and its log give the same, and whoever looks or writes is told.
    let name = name_of(&store, &file);
    let passed_over =
        format!("passed over `{name}` of ./data.steadfast, which is damaged at byte 78");
    for command in [
        &["export"][..],
        &["scan"],
        &["get", "planet 0"],
        &["put", "after", "that"],
    ] {
        let (said, note) = room.run(command).noted();
        assert!(note.starts_with(&passed_over), "{note}");
        if command == ["export"] {
            assert_eq!(said, exported);
        }
    }
}

#[test]
fn a_flipped_byte_in_every_snapshot() {
    let room = Room::new();
    store(&room);
    let store = room.at("data.steadfast");
    let snapshots = files(&store, "snapshot");
    assert_eq!(snapshots.len(), 2);
    for file in &snapshots {
        flip(file, 100);
    }
    is_named(&room, &name_of(&store, &snapshots[0]), "is damaged at byte");
    keeps_the_store_shut(&room, &name_of(&store, &snapshots[1]));
}

#[test]
fn a_missing_segment() {
    let room = Room::new();
    store(&room);
    let store = room.at("data.steadfast");
    for file in segments(&store).into_iter().rev().take(2) {
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let name = name_of(&store, &file);
        is_named(&room, &name, "is missing");
        keeps_the_store_shut(&room, &name);
        fs::write(&file, bytes).unwrap();
    }
    // Put back, it is as if nothing had been.
    room.ok(&["verify"]);
    room.ok(&["put", "a", "b"]);
}

#[test]
fn a_truncated_segment() {
    let room = Room::new();
    store(&room);
    let store = room.at("data.steadfast");
    for file in segments(&store).into_iter().rev().take(2) {
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 5]).unwrap();
        let name = name_of(&store, &file);
        is_named(&room, &name, "is damaged at byte");
        keeps_the_store_shut(&room, &name);
        fs::write(&file, bytes).unwrap();
    }
    room.ok(&["verify"]);
}

#[test]
fn every_manifest_missing() {
    let room = Room::new();
    store(&room);
    fs::remove_dir_all(room.at("data.steadfast/manifest")).unwrap();
    is_named(&room, "manifest/0000000000000001", "is missing");
    keeps_the_store_shut(&room, "manifest/0000000000000001");
    let status = room.run(&["status"]);
    assert!(
        status.stdout.contains("health  damaged"),
        "{}",
        status.stdout
    );
    status.error(1);
    let status = room.run(&["status", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(answer["sound"], false);
    assert_eq!(answer["damage"]["file"], "manifest/0000000000000001");
    assert_eq!(answer["writer"], serde_json::Value::Null);
    status.error(1);
}

#[test]
fn the_newest_manifest_damaged_is_survived_and_named() {
    let room = Room::new();
    store(&room);
    let exported = room.ok(&["export"]);
    let store = room.at("data.steadfast");
    let file = newest(&store, "manifest");
    flip(&file, 30);
    is_named(&room, &name_of(&store, &file), "is damaged at byte");
    let (said, note) = room.run(&["export"]).noted();
    assert_eq!(said, exported);
    assert!(note.contains(&name_of(&store, &file)), "{note}");
}

#[test]
fn a_store_of_a_newer_format() {
    let room = Room::new();
    store(&room);
    let store = room.at("data.steadfast");
    let file = newest(&store, "manifest");
    let mut bytes = fs::read(&file).unwrap();
    // What a newer program keeps: the magic, and the checksum at the end.
    bytes[8] = 9;
    let end = bytes.len() - 4;
    let checksum = crc32c::crc32c(&bytes[..end]).to_le_bytes();
    bytes[end..].copy_from_slice(&checksum);
    fs::write(&file, bytes).unwrap();
    let name = name_of(&store, &file);
    is_named(
        &room,
        &name,
        "has format version 9, this program reads up to 1: use a newer steadfast",
    );
    keeps_the_store_shut(&room, &name);
}

#[test]
fn a_torn_tail_is_no_damage() {
    let room = Room::new();
    let mut writer = Writer::start(&room, "data.steadfast");
    writer.feed(&line("planet", "Mars"));
    assert_eq!(writer.ack(), Some(1));
    writer.kill();
    let file = newest(&room.at("data.steadfast"), "wal");
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend([0x55; 9]);
    fs::write(&file, bytes).unwrap();
    let said = room.ok(&["verify"]);
    let torn = "torn tail    9 bytes of `wal/0000000000000001` behind byte";
    assert!(said.contains(torn), "{said}");
    assert_eq!(room.ok(&["get", "planet"]), "Mars");
    room.ok(&["put", "moon", "Phobos"]);
    assert!(!room.ok(&["verify"]).contains("torn"));
    assert_eq!(room.ok(&["scan"]), "moon\tPhobos\nplanet\tMars\n");
}

/// What is wrong in the middle of the log is damage for `inspect` as it is for `verify`, and no
/// torn tail.
#[test]
fn inspect_calls_no_damage_a_torn_tail() {
    let room = Room::new();
    let records: String = (0..2).map(|n| line(&n.to_string(), "value")).collect();
    room.feed(&["import", "-", "--batch", "1"], records).ok();
    // Its writer finished it, or the next one did.
    for is_followed in [false, true] {
        if is_followed {
            room.ok(&["put", "a", "b"]);
        }
        let store = room.at("data.steadfast");
        let first = segments(&store).remove(0);
        let name = name_of(&store, &first);
        flip(&first, 110);
        is_named(&room, &name, "is damaged at byte");
        for said in [room.ok(&["inspect"]), room.ok(&["inspect", &name])] {
            assert!(said.contains("damaged") && !said.contains("torn"), "{said}");
        }
        flip(&first, 110);
    }
}
