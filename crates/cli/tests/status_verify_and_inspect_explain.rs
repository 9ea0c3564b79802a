//! What is said about a store, for people and for scripts.

use std::fs;

use crate::common::{Room, Writer, line};

/// A small store whose bytes are always the same in number.
fn room() -> Room {
    let room = Room::new();
    room.ok(&["put", "planet", "Mars"]);
    room.ok(&["put", "moon", "Phobos"]);
    room.ok(&["snapshot"]);
    room.ok(&["put", "moon", "Deimos"]);
    room
}

/// The names of file systems and the random identity of the store differ.
fn fixed(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let line = match line.split_once("  ").map(|(label, _)| label) {
            Some("on") => "on         (a file system)",
            Some("survives") => "survives   (what it survives)",
            Some("store") if line.ends_with(|c: char| c.is_ascii_hexdigit()) => {
                "store     (its identity)"
            }
            _ => line,
        };
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}

#[test]
fn to_people() {
    let room = room();
    insta::assert_snapshot!("status_of_a_store", fixed(&room.ok(&["status"])));
    insta::assert_snapshot!("verify_of_a_store", fixed(&room.ok(&["verify"])));
    let listed = room.ok(&["inspect"]);
    insta::assert_snapshot!("inspect_of_a_store", listed);
    let name = |kind: &str| {
        let line = listed.lines().rfind(|line| line.starts_with(kind)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    for kind in ["manifest", "snapshot", "wal"] {
        let explained = fixed(&room.ok(&["inspect", &name(kind)]));
        insta::assert_snapshot!(format!("inspect_of_a_{kind}"), explained);
    }
    let sentence = room.run(&["inspect", "wal/7"]).error(1);
    assert_eq!(
        sentence,
        "there is no `wal/7` in ./data.steadfast: `steadfast inspect` lists what there is"
    );
}

#[test]
fn to_scripts() {
    let room = room();
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&room.ok(arguments)).unwrap()
    };
    let status = json(&["status", "--json"]);
    assert_eq!(status["location"], "./data.steadfast");
    assert_eq!(status["commit"], 3);
    assert_eq!(status["snapshots"][0]["commit"], 2);
    assert_eq!(status["sound"], true);
    assert_eq!(
        status["checked"],
        "the newest manifest, the length of what it names, the headers of snapshots, the last log segment"
    );
    assert_eq!(status["writer"], serde_json::Value::Null);
    assert!(status["snapshot_age_s"].is_u64(), "{status}");
    assert_eq!(status["snapshot_is_overdue"], false);
    let verified = json(&["verify", "--json"]);
    assert_eq!(verified["sound"], true);
    assert_eq!(verified["records"], 2);
    assert_eq!(verified["last_commit"], 3);
    assert_eq!(verified["damage"], serde_json::json!([]));
    let inspected = json(&["inspect", "--json"]);
    let kinds: Vec<_> = inspected
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"manifest") && kinds.contains(&"segment") && kinds.contains(&"snapshot")
    );
    let backup = json(&["backup", "copy", "--json"]);
    assert_eq!(backup["last_commit"], 3);
    assert_eq!(backup["verified"], true);
    let snapshot = json(&["snapshot", "--json"]);
    assert_eq!(snapshot["commit"], 3);
    assert_eq!(snapshot["records"], 2);
}

#[test]
fn who_has_it_open_is_told_until_he_is_gone() {
    let room = Room::new();
    let mut writer = Writer::start(&room, "data.steadfast");
    writer.feed(&line("planet", "Mars"));
    assert_eq!(writer.ack(), Some(1));
    let said = room.ok(&["status"]);
    assert!(said.contains(" (steadfast) has it open"), "{said}");
    writer.kill();
    // The words of a killed one stay, and nobody is left to mean.
    if cfg!(target_os = "linux") {
        let names = std::fs::read_dir(room.at("data.steadfast")).expect("a store");
        let mut names = names.map(|entry| entry.expect("a name").file_name());
        assert!(names.any(|name| name.to_string_lossy().ends_with(".claim")));
        let said = room.ok(&["status"]);
        assert!(said.contains("nobody has it open"), "{said}");
    }
}

#[test]
fn files_of_others_are_named_and_no_damage() {
    let room = room();
    room.write("data.steadfast/notes.txt", "mine");
    let said = room.ok(&["verify"]);
    assert!(said.contains("not the store's  `notes.txt`"), "{said}");
    assert_eq!(room.ok(&["get", "planet"]), "Mars");
}

/// The remedy comes once, with the verdict, and not with each fault; least of all the command
/// itself.
#[test]
fn damage_is_listed_without_its_remedy() {
    let room = room();
    let segments = room.at("data.steadfast/wal");
    for segment in fs::read_dir(segments).unwrap() {
        fs::remove_file(segment.unwrap().path()).unwrap();
    }
    let run = room.run(&["verify"]);
    assert!(run.stdout.contains("is missing"), "{}", run.stdout);
    assert!(!run.stdout.contains("restore a backup"), "{}", run.stdout);
    let verdict = run.error(1);
    assert!(verdict.contains("restore a backup"), "{verdict}");
    assert!(!verdict.contains("run `verify`"), "{verdict}");
}

#[test]
fn a_snapshot_of_nothing_new_says_so() {
    let room = room();
    assert!(room.ok(&["snapshot"]).starts_with("saved 2 records"));
    let again = room.ok(&["snapshot"]);
    assert!(
        again.starts_with("nothing is new since the last snapshot: 2 records"),
        "{again}"
    );
}
