//! The demo kills, counts, and deletes nothing but its own.

use std::fs;

use crate::common::Room;

#[test]
fn it_saves_a_week_of_earthquakes() {
    let room = Room::new();
    let result = room.ok(&["demo", "--kills", "25", "--json"]);
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    println!("{result}");
    assert_eq!(result["kills"], 25);
    assert_eq!(result["lost"], 0);
    assert_eq!(result["half_saved_commits"], 0);
    assert_eq!(result["records"], 1707);
    assert_eq!(result["survived"], 1707);
    assert_eq!(
        result["acknowledged"].as_u64().unwrap()
            + result["saved_before_acknowledged"].as_u64().unwrap(),
        1707
    );
    let place = room.ok(&["--store", "demo.steadfast", "get", "us2000crkq"]);
    assert!(
        place.contains("\"place\":\"50km NNW of Sangiang, Indonesia\""),
        "{place}"
    );
    room.ok(&["--store", "demo.steadfast", "verify"]);
    // And once more, in the place of the first one.
    let said = room.ok(&["demo", "--kills", "3", "--seed", "7"]);
    assert!(said.contains("(seed 7)"), "{said}");
    assert!(said.contains("of these lost            0\n"), "{said}");
    assert!(
        said.contains("1,707 of 1,707 records, each compared byte by byte"),
        "{said}"
    );
}

#[test]
fn of_other_data() {
    let room = Room::new();
    room.write(
        "planets.csv",
        "id,name\n1,Mercury\n2,Venus\n3,Earth\n1,Mercury again\n",
    );
    let result = room.ok(&[
        "demo",
        "--kills",
        "12",
        "--json",
        "--data",
        "planets.csv",
        "--store",
        "here/store",
    ]);
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["kills"], 12);
    assert_eq!(result["records"], 3);
    assert_eq!(result["survived"], 3);
    assert_eq!(
        room.ok(&["--store", "here/store", "get", "1"]),
        "{\"name\":\"Mercury again\"}"
    );
    let fed = room.feed(
        &["demo", "--kills", "1", "--json", "--data", "-"],
        "{\"key\":\"a\",\"value\":1}\n",
    );
    assert!(fed.ok().contains("\"records\":1"), "standard input");
    room.write("bad.csv", "id,name\n1\n");
    let sentence = room.run(&["demo", "--data", "bad.csv"]).error(3);
    assert_eq!(
        sentence,
        "line 2 of bad.csv: 1 field, but the header names 2 columns"
    );
    room.write("empty.jsonl", "");
    room.run(&["demo", "--data", "empty.jsonl"]).error(3);
}

#[test]
fn it_removes_nothing_but_an_earlier_demo() {
    let room = Room::new();
    room.ok(&["--store", "demo.steadfast", "put", "planet", "Mars"]);
    let sentence = room.run(&["demo"]).error(4);
    assert_eq!(
        sentence,
        "./demo.steadfast is not the store of an earlier demo, and the demo removes nothing else: choose another place with --store, or remove it yourself"
    );
    assert_eq!(
        room.ok(&["--store", "demo.steadfast", "get", "planet"]),
        "Mars"
    );
    room.write("file", "x");
    room.run(&["demo", "--store", "file"]).error(4);
    room.ok(&["demo", "--kills", "1", "--store", "mine"]);
    room.write("mine/notes.txt", "x");
    let sentence = room.run(&["demo", "--store", "mine"]).error(4);
    assert!(
        sentence.starts_with("mine holds `notes.txt` besides"),
        "{sentence}"
    );
    assert_eq!(fs::read(room.at("mine/notes.txt")).unwrap(), b"x");
    room.run(&["demo", "--store", "memory:"]).error(2);
    // The store that everything else uses is not the demo's, whatever the environment says.
    let demo = room
        .command(&["demo"])
        .env("STEADFAST_STORE", "elsewhere")
        .output()
        .unwrap();
    assert_eq!(demo.status.code(), Some(4));
    assert!(!room.at("elsewhere").exists());
}
