//! A full disk, a read-only one, and a directory that is removed: a clear error, and everything
//! acknowledged is there when the cause is gone.

use std::fs;

use crate::common::{Mount, Room, Writer, is_root, line};
use nix::mount::MsFlags;

/// Imports until it fails; how many records were acknowledged.
fn import_until_full(room: &Room, store: &str) -> u64 {
    let records: String = (0..400)
        .map(|n| line(&format!("record {n:03}"), &"x".repeat(8000)))
        .collect();
    let run = room.feed(
        &["--store", store, "import", "-", "--acks", "--batch", "3"],
        records,
    );
    assert!(matches!(run.code, Some(4 | 5)), "{run:?}");
    assert!(run.stderr.contains("no space left"), "{}", run.stderr);
    is_plain(&run.stderr, run.code);
    assert_eq!(
        run.stderr.contains("perhaps"),
        run.code == Some(5),
        "{}",
        run.stderr
    );
    run.stdout.lines().count() as u64
}

/// One remedy, and no brackets in brackets.
#[track_caller]
fn is_plain(sentence: &str, code: Option<i32>) {
    assert!(sentence.matches("make room").count() <= 1, "{sentence}");
    assert!(!sentence.contains("))"), "{sentence}");
    if code == Some(5) {
        assert!(!sentence.contains("open"), "{sentence}");
    }
}

fn all_are_there(room: &Room, store: &str, acknowledged: u64) {
    room.ok(&["--store", store, "verify"]);
    let exported = room.ok(&["--store", store, "export"]);
    for number in 0..acknowledged {
        let expected = line(&format!("record {number:03}"), &"x".repeat(8000));
        assert!(
            exported.contains(expected.trim_end()),
            "record {number} is lost"
        );
    }
}

#[test]
fn a_full_disk() {
    let room = Room::new();
    if !is_root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&room.at("disk"), "size=2m") else {
        return;
    };
    room.write("disk/ballast", vec![0; 1 << 20]);
    let acknowledged = import_until_full(&room, "disk/store");
    println!("{acknowledged} records acknowledged before the disk was full");
    assert!(acknowledged > 50);
    // While it is full everything can be read, and copied to where there is room.
    all_are_there(&room, "disk/store", acknowledged);
    room.ok(&["--store", "disk/store", "backup", "elsewhere"]);
    all_are_there(&room, "elsewhere", acknowledged);
    let refused = room.run(&["--store", "disk/store", "put", "big", &"x".repeat(100_000)]);
    assert!(matches!(refused.code, Some(4 | 5)), "{refused:?}");
    is_plain(&refused.stderr, refused.code);
    all_are_there(&room, "disk/store", acknowledged);
    // And when there is space again, it goes on.
    fs::remove_file(room.at("disk/ballast")).unwrap();
    room.ok(&["--store", "disk/store", "put", "after", "that"]);
    all_are_there(&room, "disk/store", acknowledged);
    assert_eq!(room.ok(&["--store", "disk/store", "get", "after"]), "that");
}

#[test]
fn a_disk_that_is_full_from_the_start() {
    let room = Room::new();
    if !is_root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&room.at("disk"), "size=64k") else {
        return;
    };
    let ballast = room.at("disk/ballast");
    // Whatever is left of the disk when the store is made: page by page less.
    for pages in 0..16 {
        fs::write(&ballast, vec![0; pages * 4096]).unwrap();
        let run = room.run(&["--store", "disk/store", "put", "planet", "Mars"]);
        if run.code == Some(0) {
            assert_eq!(room.ok(&["--store", "disk/store", "get", "planet"]), "Mars");
        } else {
            assert!(run.stderr.contains("no space left"), "{run:?}");
            fs::remove_file(&ballast).unwrap();
            room.ok(&["--store", "disk/store", "put", "planet", "Mars"]);
        }
        fs::remove_dir_all(room.at("disk/store")).unwrap();
    }
}

#[test]
fn a_read_only_disk() {
    let room = Room::new();
    if !is_root() {
        return;
    }
    let Some(mount) = Mount::tmpfs(&room.at("disk"), "size=2m") else {
        return;
    };
    room.ok(&["--store", "disk/store", "put", "planet", "Mars"]);
    mount.remount(MsFlags::MS_RDONLY, None);
    let before = room.contents("disk");
    for place in ["disk/store", "disk/new"] {
        let sentence = room
            .run(&["--store", place, "put", "planet", "Venus"])
            .error(4);
        assert!(sentence.starts_with("not allowed to "), "{sentence}");
        assert!(
            sentence.ends_with("check its permissions and whether it is read-only"),
            "{sentence}"
        );
    }
    assert_eq!(room.ok(&["--store", "disk/store", "get", "planet"]), "Mars");
    room.ok(&["--store", "disk/store", "verify"]);
    room.ok(&["--store", "disk/store", "status"]);
    room.ok(&["--store", "disk/store", "backup", "copy"]);
    assert!(room.contents("disk") == before);
    mount.remount(MsFlags::empty(), None);
    room.ok(&["--store", "disk/store", "put", "planet", "Venus"]);
}

#[test]
fn a_directory_that_is_removed_under_an_import() {
    let room = Room::new();
    let mut writer = Writer::start(&room, "store");
    for number in 1..=10 {
        writer.feed(&line(&format!("record {number}"), "x"));
        assert_eq!(writer.ack(), Some(number));
    }
    fs::rename(room.at("store"), room.at("moved")).unwrap();
    fs::remove_dir_all(room.at("moved")).unwrap();
    // What nobody will find again must not be acknowledged.
    writer.feed(&line("record 11", "x"));
    assert_eq!(writer.ack(), None);
    let run = writer.end();
    assert!(matches!(run.code, Some(4 | 5)), "{run:?}");
    assert!(run.stderr.contains("removed"), "{}", run.stderr);
    assert!(
        run.stderr.contains("10 records are saved for certain"),
        "{}",
        run.stderr
    );
    assert!(!room.at("store").exists());
}

#[test]
fn status_says_that_memory_does_not_survive_a_power_cut() {
    let room = Room::new();
    if !is_root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&room.at("disk"), "size=2m") else {
        return;
    };
    room.ok(&["--store", "disk/store", "put", "planet", "Mars"]);
    let status = room.ok(&["--store", "disk/store", "status"]);
    assert!(
        status.contains("survives   a crash of the program, but not a power cut"),
        "{status}"
    );
}
