//! Backups are taken beside a writer and hold everything acknowledged before they began; restores
//! bring it back, also to an earlier point.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::common::{Room, Writer, line};

#[test]
fn backups_beside_a_writer() {
    let room = Room::new();
    let mut writer = Writer::start(&room, "data.steadfast");
    let acknowledged = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let mut write = || {
        for number in 1.. {
            writer.feed(&line(&format!("record {number:06}"), &"x".repeat(300)));
            acknowledged.store(writer.ack().unwrap(), Ordering::SeqCst);
            if stop.load(Ordering::SeqCst) {
                break;
            }
        }
    };
    let back_up = || {
        while acknowledged.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        for number in 0..8 {
            let before = acknowledged.load(Ordering::SeqCst);
            let name = format!("copy {number}");
            room.ok(&["backup", &name]);
            let after = acknowledged.load(Ordering::SeqCst);
            room.ok(&["--store", &name, "verify"]);
            let copied = room.ok(&["--store", &name, "export"]);
            let many = copied.lines().count() as u64;
            assert!(
                before <= many && many <= after + 1,
                "{before} {many} {after}"
            );
            let expected = (1..=many).map(|n| line(&format!("record {n:06}"), &"x".repeat(300)));
            assert!(
                copied == expected.collect::<String>(),
                "not the first {many} records"
            );
        }
        stop.store(true, Ordering::SeqCst);
    };
    std::thread::scope(|scope| {
        scope.spawn(back_up);
        write();
    });
    assert_eq!(writer.end().ok(), "");
    room.ok(&["--store", "restored", "restore", "copy 7"]);
    assert_eq!(
        room.ok(&["--store", "restored", "export"]),
        room.ok(&["--store", "copy 7", "export"])
    );
    room.ok(&["--store", "restored", "put", "goes", "on"]);
}

#[test]
fn restore_to_an_earlier_commit() {
    let room = Room::new();
    for number in 1..=5 {
        room.ok(&["put", "planet", &format!("number {number}")]);
    }
    for at in ["1", "4", "5"] {
        let place = format!("at {at}");
        let said = room.ok(&["--store", &place, "restore", "data.steadfast", "--at", at]);
        assert!(
            said.contains(&format!("everything up to commit {at};")),
            "{said}"
        );
        assert_eq!(
            room.ok(&["--store", &place, "get", "planet"]),
            format!("number {at}")
        );
    }
    let sentence = room
        .run(&["--store", "new", "restore", "data.steadfast", "--at", "6"])
        .error(4);
    assert_eq!(
        sentence,
        "there is no commit 6 to go back to: the last one in data.steadfast is 5"
    );
    assert!(!room.at("new").exists());
    assert_eq!(
        room.ok(&[
            "--store",
            "json",
            "restore",
            "data.steadfast",
            "--at",
            "3",
            "--json"
        ])
        .replace(char::is_numeric, "N"),
        "{\"bytes\":N,\"last_commit\":N,\"verified\":true}\n"
            .replace("NN", "N")
            .replace("\"bytes\":N", "\"bytes\":NNN")
    );
}

#[test]
fn a_point_that_is_no_longer_kept_is_an_error_and_no_empty_store() {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    room.ok(&["put", "planet", "Venus"]);
    room.ok(&["snapshot"]);
    // A backup holds the newest snapshot and the log behind it, which is empty.
    room.ok(&["backup", "copy"]);
    let sentence = room
        .run(&["--store", "new", "restore", "copy", "--at", "1"])
        .error(4);
    assert_eq!(
        sentence,
        "commit 1 is not kept any more: the nearest that a copy can end with is commit 2"
    );
    room.run(&["--store", "new", "get", "planet"]).error(4);
    // The place can be used for another try.
    room.ok(&["--store", "new", "restore", "copy", "--at", "2"]);
    assert_eq!(room.ok(&["--store", "new", "get", "planet"]), "Venus");
}

#[test]
fn a_damaged_store_is_not_copied() {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    room.ok(&["put", "planet", "Venus"]);
    let file = room.at("data.steadfast/wal/0000000000000001");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[110] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let sentence = room.run(&["backup", "copy"]).error(4);
    assert!(sentence.contains("wal/0000000000000001"), "{sentence}");
    let sentence = room.run(&["--store", "copy", "get", "planet"]).error(4);
    assert!(
        sentence.contains("an unfinished copy of a store"),
        "{sentence}"
    );
}
