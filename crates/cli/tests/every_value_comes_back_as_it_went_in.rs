//! Values through every door: arguments, standard input, JSON Lines, CSV, and back out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::Room;

#[test]
fn from_arguments_and_standard_input() {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    room.ok(&["put", "empty", ""]);
    room.ok(&["put", "below zero", "-5"]);
    let bytes: Vec<u8> = (0..=255).collect();
    room.feed(&["put", "bytes", "-"], &bytes).ok();
    assert_eq!(room.ok(&["get", "planet"]), "Mars");
    assert_eq!(room.ok(&["get", "empty"]), "");
    assert_eq!(room.ok(&["get", "below zero"]), "-5");
    let got = room.command(&["get", "bytes"]).output().unwrap();
    assert_eq!(got.stdout, bytes);
    assert_eq!(
        room.ok(&["get", "planet", "--json"]),
        "{\"key\":\"planet\",\"value\":\"Mars\"}\n"
    );
    assert_eq!(
        room.ok(&["put", "planet", "Venus", "--json"]),
        "{\"commit\":5}\n"
    );
    assert_eq!(room.ok(&["delete", "planet", "--json"]), "{\"commit\":6}\n");
    let sentence = room.run(&["get", "planet"]).error(1);
    assert_eq!(sentence, "there is no key `planet` in ./data.steadfast");
    let sentence = room.run(&["delete", "planet"]).error(1);
    assert_eq!(sentence, "there is no key `planet` in ./data.steadfast");
}

#[cfg(unix)]
#[test]
fn a_key_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let room = Room::new();
    let key = OsStr::from_bytes(b"\xFF\tkey");
    let put = room
        .command(&["put"])
        .arg(key)
        .arg("value")
        .status()
        .unwrap();
    assert!(put.success());
    assert_eq!(room.ok(&["scan"]), "\\xFF\\tkey\tvalue\n");
    assert_eq!(
        room.ok(&["scan", "--json"]),
        "{\"key_base64\":\"/wlrZXk=\",\"value\":\"value\"}\n"
    );
}

#[test]
fn scan_shows_what_a_terminal_must_not_act_on() {
    let room = Room::new();
    let value = "a\\b\tc\nd\re\x1b[31m\u{7f}\u{9b}é";
    room.feed(&["put", "user/1", "-"], value).ok();
    room.ok(&["put", "user/2", "two"]);
    room.ok(&["put", "users", "no"]);
    assert_eq!(
        room.ok(&["scan", "user/"]),
        "user/1\ta\\\\b\\tc\\nd\\re\\x1B[31m\\x7F\\xC2\\x9Bé\nuser/2\ttwo\n"
    );
}

#[test]
fn json_values_keep_every_digit() {
    let room = Room::new();
    let input = concat!(
        "\u{feff}{\"key\": \"text\", \"value\": \"a \\\"b\\\" \\u00e9\"}\n",
        "\n",
        "{\"value\": 0.30000000000000004441, \"key\": \"number\"}\r\n",
        "{\"key\": \"null\", \"value\": null}\n",
        "{\"key\": \"object\", \"value\": { \"b\" : [ 1 , 2 ],\t\"a b\": \"c \\\" d\" } }\n",
        "{\"key_base64\": \"/w==\", \"value_base64\": \"AAE=\"}\n",
        "{\"key\": \"last\", \"value\": true}",
    );
    room.feed(&["import", "-"], input).ok();
    assert_eq!(room.ok(&["get", "text"]), "a \"b\" é");
    assert_eq!(room.ok(&["get", "number"]), "0.30000000000000004441");
    assert_eq!(room.ok(&["get", "null"]), "null");
    assert_eq!(room.ok(&["get", "object"]), r#"{"b":[1,2],"a b":"c \" d"}"#);
    assert_eq!(room.ok(&["get", "last"]), "true");
    assert_eq!(
        room.ok(&["scan"]).lines().last().unwrap(),
        "\\xFF\t\\x00\\x01"
    );
}

#[test]
fn csv_gives_objects_or_plain_values() {
    let room = Room::new();
    let planets = "name,key,\"moons, known\"\nMars,p4,2\n\"Sat\"\"urn\",p6,274\n";
    room.write("planets.CSV", planets);
    room.ok(&["import", "planets.CSV"]);
    assert_eq!(
        room.ok(&["scan"]),
        "p4\t{\"name\":\"Mars\",\"moons, known\":\"2\"}\np6\t{\"name\":\"Sat\\\\\"urn\",\"moons, known\":\"274\"}\n"
    );
    room.write("moons.txt", "value,id\r\nPhobos,m1\r\n,m2\r\n");
    room.ok(&[
        "--store",
        "moons",
        "import",
        "moons.txt",
        "--format",
        "csv",
        "--key",
        "id",
    ]);
    assert_eq!(room.ok(&["--store", "moons", "scan"]), "m1\tPhobos\nm2\t\n");
    room.write("plain.csv", "id,planet\n1,Mars\n");
    room.ok(&["--store", "plain", "import", "plain.csv"]);
    assert_eq!(
        room.ok(&["--store", "plain", "get", "1"]),
        "{\"planet\":\"Mars\"}"
    );
}

/// No argument can have a NUL byte in it, and on some systems nothing but text.
#[test]
fn any_key_can_be_named_by_what_scan_shows() {
    let room = Room::new();
    let mut random = fastrand::Rng::with_seed(fastrand::u64(..));
    println!("seed {}", random.get_seed());
    let mut keys: Vec<Vec<u8>> = vec![vec![0], b"a\0b".into(), b"\\x00".into(), b"\\".into()];
    for _ in 0..12 {
        let len = random.usize(1..20);
        keys.push((0..len).map(|_| random.u8(..)).collect());
    }
    for key in &keys {
        let encoded = STANDARD.encode(key);
        room.write(
            "record.jsonl",
            format!("{{\"key_base64\":\"{encoded}\",\"value\":\"imported\"}}\n"),
        );
        room.ok(&["import", "record.jsonl"]);
        let scanned = room.ok(&["scan"]);
        let (shown, value) = scanned.trim_end().split_once('\t').unwrap();
        assert_eq!(value, "imported");
        assert_eq!(room.ok(&["get", "--escaped", "--", shown]), "imported");
        assert_eq!(room.ok(&["scan", "--escaped", "--", shown]), scanned);
        room.ok(&["put", "--escaped", "--", shown, "put"]);
        assert_eq!(room.ok(&["scan"]), format!("{shown}\tput\n"));
        room.ok(&["delete", "--escaped", "--", shown]);
        assert_eq!(room.ok(&["scan"]), "");
    }
    // Without it a key is taken as it is.
    room.ok(&["put", "a\\x00b", "plain"]);
    assert_eq!(room.ok(&["scan"]), "a\\\\x00b\tplain\n");
    for (slip, named) in [
        ("\\q", "\\q"),
        ("a\\", "\\"),
        ("\\x0", "\\x"),
        ("\\xg0", "\\xg0"),
    ] {
        let sentence = room.run(&["get", "--escaped", slip]).error(2);
        assert_eq!(
            sentence,
            format!(
                "in the key: `{named}` stands for nothing: \\xNN is a byte, and \\\\ the backslash itself"
            )
        );
    }
}

#[test]
fn export_is_what_import_reads_and_always_the_same() {
    let room = Room::new();
    let mut random = fastrand::Rng::with_seed(7);
    for number in 0..40 {
        let len = random.usize(..200);
        let value: Vec<u8> = (0..len).map(|_| random.u8(..)).collect();
        room.feed(&["put", &format!("random {number}"), "-"], value)
            .ok();
    }
    room.write(
        "text.jsonl",
        "{\"key\":\"\\u0000\\\"\\\\é\",\"value\":\"\\n\"}\n",
    );
    room.ok(&["import", "text.jsonl"]);
    let exported = room.ok(&["export"]);
    assert_eq!(exported.lines().count(), 41);
    room.write("exported.jsonl", &exported);
    room.ok(&[
        "--store",
        "copy",
        "import",
        "exported.jsonl",
        "--batch",
        "3",
    ]);
    assert_eq!(room.ok(&["--store", "copy", "export"]), exported);
    // Through another history, to the same bytes.
    let backwards: Vec<&str> = exported.lines().rev().collect();
    room.write("backwards.jsonl", backwards.join("\n"));
    room.ok(&["--store", "backwards", "import", "backwards.jsonl"]);
    room.ok(&["--store", "backwards", "snapshot"]);
    assert_eq!(room.ok(&["--store", "backwards", "export"]), exported);
}

#[test]
fn the_longest_value_goes_round_in_text_and_in_bytes() {
    let room = Room::new();
    // Six times as long in escapes: exported in base64 instead, or no line could hold it.
    for (store, byte) in [("control", 1_u8), ("text", b'x')] {
        let value = vec![byte; 64 << 20];
        room.feed(&["--store", store, "put", "k", "-"], &value).ok();
        let exported = room.ok(&["--store", store, "export"]);
        assert_eq!(exported.contains("value_base64"), store == "control");
        let copy = format!("{store} copy");
        room.write("exported.jsonl", exported);
        room.ok(&["--store", &copy, "import", "exported.jsonl"]);
        let got = room
            .command(&["--store", &copy, "get", "k"])
            .output()
            .unwrap();
        assert!(got.stdout == value, "{store}");
    }
}

#[test]
fn import_says_what_it_did() {
    let room = Room::new();
    let records: String = (0..600)
        .map(|n| crate::common::line(&n.to_string(), "v"))
        .collect();
    room.write("records.jsonl", records);
    let said = room.ok(&["import", "records.jsonl"]);
    assert!(
        said.starts_with("imported 600 records in 3 commits ("),
        "{said}"
    );
    assert_eq!(
        room.ok(&["import", "records.jsonl", "--json", "--batch", "600"]),
        "{\"commits\":1,\"records\":600}\n"
    );
    let said = room.ok(&["--store", "memory:", "import", "records.jsonl"]);
    assert!(
        said.ends_with("; they were in memory only, and are gone now\n"),
        "{said}"
    );
    for command in [
        &["put", "a", "b"][..],
        &["import", "records.jsonl", "--json"],
    ] {
        let (_, note) = room
            .run(&[&["--store", "memory:"], command].concat())
            .noted();
        assert!(
            note.ends_with("in memory only, and is gone now") || note.ends_with("and are gone now"),
            "{note}"
        );
    }
    assert!(!room.at("memory:").exists());
}
