//! A mistyped place is an error, and nothing is made, changed or removed there.

use std::fs;

use crate::common::Room;

const LOOKING: [&[&str]; 9] = [
    &["get", "a"],
    &["scan"],
    &["export"],
    &["status"],
    &["verify"],
    &["inspect"],
    &["backup", "copy"],
    &["snapshot"],
    &["delete", "a"],
];

#[test]
fn where_there_is_nothing() {
    let room = Room::new();
    for command in LOOKING {
        let sentence = room.run(command).error(4);
        assert_eq!(
            sentence,
            "there is no store at ./data.steadfast: `steadfast put KEY VALUE` creates one, `--store` names another place"
        );
    }
    assert!(room.contents("").is_empty());
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 0);
}

#[test]
fn where_there_is_an_empty_directory() {
    let room = Room::new();
    fs::create_dir(room.at("data.steadfast")).unwrap();
    for command in LOOKING {
        let sentence = room.run(command).error(4);
        assert!(sentence.starts_with("there is no store at"), "{sentence}");
    }
    assert!(room.contents("").is_empty());
}

#[test]
fn where_there_is_something_else() {
    let room = Room::new();
    fs::create_dir(room.at("documents")).unwrap();
    room.write("documents/novel.txt", "It was a dark and stormy night.");
    room.write("file", "x");
    let before = room.contents("");
    let writing: [&[&str]; 3] = [
        &["put", "a", "b"],
        &["import", "-"],
        &["restore", "documents"],
    ];
    for (place, found) in [
        ("documents", "`novel.txt`"),
        ("file", "a file, not a directory"),
    ] {
        for command in LOOKING.iter().chain(&writing) {
            let arguments = [&["--store", place], *command].concat();
            let sentence = room.run(&arguments).error(4);
            assert_eq!(
                sentence,
                format!("{} is not a steadfast store: there is {found}; name the right place, or a new or empty one",
                    if command[0] == "restore" { "documents" } else { place })
                    .replace(&format!("there is {found}"), &format!("there is {}", if command[0] == "restore" { "`novel.txt`" } else { found }))
            );
        }
    }
    assert!(room.contents("") == before);
}

#[test]
fn places_are_paths_and_urls() {
    let room = Room::new();
    room.ok(&["--store", "file:here", "put", "a", "1"]);
    assert_eq!(room.ok(&["--store", "here", "get", "a"]), "1");
    let absolute = format!("file://{}", room.at("here").display());
    assert_eq!(room.ok(&["get", "a", "--store", &absolute]), "1");
    room.ok(&["--store", "./with:colon", "put", "a", "2"]);
    assert_eq!(room.ok(&["--store", "./with:colon", "get", "a"]), "2");
    let by_variable = room
        .command(&["get", "a"])
        .env("STEADFAST_STORE", "here")
        .output()
        .unwrap();
    assert_eq!(by_variable.stdout, b"1");
    for (url, reason) in [
        (
            "s3://bucket",
            "`s3:` is no kind of store that this program has",
        ),
        ("memory:x", "`memory:` has no path"),
        ("file:", "`file:` needs a path"),
        ("", "an empty name is no place for a store"),
    ] {
        let run = room.run(&["--store", url, "put", "a", "b"]);
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(reason), "{}", run.stderr);
    }
    let sentence = room.run(&["--store", "memory:", "get", "a"]).error(2);
    assert!(sentence.starts_with("there is never anything in `memory:`"));
}

#[test]
fn a_place_that_is_taken_is_no_destination() {
    let room = Room::new();
    room.ok(&["put", "a", "1"]);
    room.ok(&["--store", "other", "put", "a", "2"]);
    let sentence = room.run(&["backup", "other"]).error(4);
    assert_eq!(
        sentence,
        "there is a store at other already: choose a new or empty place"
    );
    room.run(&["restore", "other"]).error(4);
    assert_eq!(room.ok(&["get", "a"]), "1");
    assert_eq!(room.ok(&["--store", "other", "get", "a"]), "2");
}
