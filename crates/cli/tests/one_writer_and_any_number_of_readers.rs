//! While one program writes, a second writer is refused by name, and readers see what was
//! acknowledged.

use crate::common::{Room, Writer, line};

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let room = Room::new();
    let mut writer = Writer::start(&room, "data.steadfast");
    writer.feed(&line("planet", "Mars"));
    assert_eq!(writer.ack(), Some(1));
    for command in [
        &["put", "a", "b"][..],
        &["delete", "planet"],
        &["snapshot"],
        &["import", "-"],
    ] {
        let sentence = room.run(&[command, &["--wait", "0"]].concat()).error(6);
        assert!(
            sentence.starts_with("./data.steadfast is in use by process ")
                && sentence.contains(" (steadfast): close that first, or wait longer"),
            "{sentence}"
        );
    }
    for number in 2..200 {
        writer.feed(&line(&format!("moon {number}"), &"x".repeat(500)));
        assert_eq!(writer.ack(), Some(number));
        if number % 20 == 0 {
            assert_eq!(room.ok(&["get", "planet"]), "Mars");
            assert_eq!(room.ok(&["scan"]).lines().count() as u64, number);
            assert_eq!(room.ok(&["export"]).lines().count() as u64, number);
            room.ok(&["status"]);
            room.ok(&["verify"]);
            room.ok(&["inspect"]);
            room.ok(&["backup", &format!("copy {number}")]);
        }
    }
    assert_eq!(writer.end().ok(), "");
    room.ok(&["put", "a", "b"]);
}

#[test]
fn reading_writes_nothing() {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    let before = room.contents("");
    for command in [
        &["get", "planet"][..],
        &["scan"],
        &["export"],
        &["status"],
        &["verify"],
        &["inspect"],
        &["inspect", "wal/0000000000000001"],
    ] {
        room.ok(command);
    }
    assert!(room.contents("") == before);
}
