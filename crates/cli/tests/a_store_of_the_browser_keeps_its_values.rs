//! A store with the marker of the npm package: values are shown as what they are, and written so
//! that the package reads them.

use std::collections::BTreeMap;

use steadfast::{FileBackend, Kv, KvBatch, blocking};

use crate::common::Room;

type Store = blocking::Store<Kv, FileBackend>;

const PAIRS: [(&str, &[u8]); 6] = [
    ("\0steadfast/session/a/c", &[7, 0, 0, 0, 0, 0, 0, 0]),
    ("\0steadfast/values", b"1"),
    ("bytes", b"\0abc"),
    ("date", b"\x03{\"$\":\"Date\",\"of\":5}"),
    ("json", b"\x02{\"a\":[1,-0]}"),
    ("text", b"\x01hello"),
];

const EXPORTED: &str = r#"{"key":"bytes","value_base64":"YWJj"}
{"key":"date","value_typed":{"$":"Date","of":5}}
{"key":"json","value":{"a":[1,-0]}}
{"key":"text","value":"hello"}
"#;

fn fill(room: &Room) {
    let backend = FileBackend::open(room.at("data.steadfast")).unwrap();
    let store = Store::open_on(backend, blocking::Options::default()).unwrap();
    let mut batch = KvBatch::new();
    for (key, value) in PAIRS {
        batch.put(key, value).unwrap();
    }
    store.commit(batch).unwrap();
    store.close().unwrap();
}

fn stored(room: &Room) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let backend = FileBackend::open_read_only(room.at("data.steadfast")).unwrap();
    let (kv, _) = Store::load(&backend).unwrap();
    kv.iter()
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

#[test]
fn values_are_shown_as_what_they_are_and_come_back() {
    let room = Room::new();
    fill(&room);
    let before = stored(&room);
    assert_eq!(room.ok(&["get", "text"]), "hello");
    assert_eq!(room.ok(&["get", "bytes"]), "abc");
    assert_eq!(room.ok(&["get", "json"]), "{\"a\":[1,-0]}");
    assert_eq!(room.ok(&["get", "date"]), "{\"$\":\"Date\",\"of\":5}");
    assert_eq!(room.ok(&["export"]), EXPORTED);
    assert_eq!(room.ok(&["scan", "--json"]), EXPORTED);
    assert_eq!(
        room.ok(&["scan", "t"]),
        "text\thello\n",
        "the tag is no part of the value"
    );
    room.feed(&["import", "-"], EXPORTED).ok();
    assert_eq!(stored(&room), before);
}

#[test]
fn what_is_put_and_imported_gets_its_tag() {
    let room = Room::new();
    fill(&room);
    room.ok(&["put", "text", "é"]);
    room.feed(&["put", "bytes", "-"], b"\xFF").ok();
    let lines = "{\"key\":\"json\",\"value\": { \"b\" : null } }\n{\"key\":\"date\",\"value_typed\":{\"$\":\"Set\",\"of\":[{\"$\":\"undefined\"}]}}\n";
    room.feed(&["import", "-"], lines).ok();
    room.write("table.csv", "key,a\nrow,1\n");
    room.ok(&["import", "table.csv"]);
    let stored = stored(&room);
    let value = |key: &str| stored[key.as_bytes()].clone();
    assert_eq!(value("text"), "\x01é".as_bytes());
    assert_eq!(value("bytes"), b"\x00\xFF");
    assert_eq!(value("json"), b"\x02{\"b\":null}");
    let set = br#"{"$":"Set","of":[{"$":"undefined"}]}"#;
    assert_eq!(value("date"), [b"\x03", &set[..]].concat());
    assert_eq!(value("row"), b"\x02{\"a\":\"1\"}");
}

#[test]
fn the_packages_keys_are_hidden_and_kept() {
    let room = Room::new();
    fill(&room);
    let before = stored(&room);
    let key = "\\x00steadfast/values";
    let sentence = room.run(&["get", "--escaped", key]).error(1);
    assert!(sentence.starts_with("there is no key"), "{sentence}");
    room.run(&["delete", "--escaped", key]).error(1);
    for (key, value) in [(key, "2"), ("\\x00steadfast/new", "2")] {
        let run = room.run(&["put", "--escaped", key, value]);
        assert_ne!(run.code, Some(0));
        assert!(run.stderr.contains("keeps for itself"), "{run:?}");
    }
    let line = "{\"key\":\"\\u0000steadfast/values\",\"value\":\"2\"}\n";
    let run = room.feed(&["import", "-"], line);
    assert!(run.stderr.contains("keeps for itself"), "{run:?}");
    assert_eq!(stored(&room), before);
}

#[test]
fn what_a_browser_would_read_differently_is_refused_with_its_line() {
    let room = Room::new();
    fill(&room);
    let before = stored(&room);
    for value in [
        "\"value\":12345678901234567890",
        "\"value\":{\"a\\\"1\":[1e400]}",
        "\"value\":0.30000000000000004441",
        "\"value\":267936276039108.61",
        "\"value_typed\":{\"$\":\"Set\",\"of\":[9007199254740993]}",
        "\"value_typed\":{\"$\":\"Dote\",\"of\":1}",
        "\"value_typed\":{\"$\":\"bigint\",\"of\":\"01\"}",
        "\"value_typed\":{\"$\":\"Float64Array\",\"of\":\"AAAA\"}",
        "\"value_typed\":{\"$\":\"Map\",\"of\":[[1]]}",
        "\"value_typed\":{\"$\":\"undefined\"}",
        "\"value_typed\":1,\"value\":1",
        "\"value\":{\"a\":1,\"a\":2}",
        "\"value\":[{\"b\":{\"a\":1,\"\\u0061\" :1}}]",
        "\"value_typed\":{\"$\":\"Set\",\"of\":[],\"of\":[1]}",
    ] {
        let line = format!("\n{{\"key\":\"text\",{value}}}\n");
        let run = room.feed(&["import", "-"], line);
        assert!(
            run.stderr.starts_with("error: line 2 of"),
            "{value}: {run:?}"
        );
        assert_eq!(stored(&room), before, "{value}");
    }
    for value in [
        "1.0",
        "1e3",
        "0.1",
        "-0",
        // Two shortest texts of one double: a browser writes the first, Rust the second.
        "267936276039108.62",
        "267936276039108.63",
        "12345678901234567000",
        "5e-324",
        "{\"a\":[{\"a\":\"a\\\":{\"},{\"a\":\"a\"}],\"b\":{\"a\":1}}",
    ] {
        let line = format!("{{\"key\":\"taken\",\"value\":{value}}}\n");
        room.feed(&["import", "-"], line).ok();
    }
}

#[test]
fn a_store_without_the_marker_is_as_it_was() {
    let room = Room::new();
    room.ok(&["put", "text", "\x01hello"]);
    assert_eq!(room.ok(&["get", "text"]), "\x01hello");
    let line = "{\"key\":\"date\",\"value_typed\":{\"$\":\"Date\",\"of\":5}}\n";
    let run = room.feed(&["import", "-"], line);
    assert!(
        run.stderr.contains("does not keep `value_typed`"),
        "{run:?}"
    );
    assert_eq!(stored(&room).len(), 1);
}
