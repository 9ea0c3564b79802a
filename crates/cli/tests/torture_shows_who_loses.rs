//! `torture` draws what a power loss leaves: the naive ways lose data; ours does not, and a store
//! does not either.

use std::fs;

use crate::common::Room;

#[test]
fn the_naive_ways_lose_and_ours_does_not() {
    let room = Room::new();
    let result = room.ok(&["torture", "--seed", "3", "--states", "2000", "--json"]);
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["seed"], 3);
    let losses: Vec<_> = result["ways"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| {
            (
                way["way"].as_str().unwrap(),
                way["losses"].as_u64().unwrap() > 0,
            )
        })
        .collect();
    assert_eq!(
        losses,
        [
            ("write in place", true),
            ("write, rename", true),
            ("write, flush, rename", true),
            ("steadfast", false),
        ]
    );
    assert!(result["store"]["states"].as_u64().unwrap() >= 2000);
    assert_eq!(result["store"]["losses"], 0);
}

#[test]
fn a_seed_repeats_a_run() {
    let room = Room::new();
    let run = || room.ok(&["torture", "--seed", "11", "--states", "500"]);
    assert_eq!(run(), run());
}

#[test]
fn the_drawing_is_plain_where_there_is_no_terminal() {
    let room = Room::new();
    let drawn = room.ok(&["torture", "--seed", "3", "--states", "1"]);
    assert!(drawn.is_ascii(), "{drawn}");
    // The number of a store's crash states may change; what a save looks like may not.
    let (saves, stores) = drawn.split_once("crash states ").unwrap();
    insta::assert_snapshot!("torture_drawn", saves);
    assert!(stores.contains("losses        0\n"), "{stores}");
}

#[test]
fn the_report_is_one_page_that_needs_no_other() {
    let room = Room::new();
    room.ok(&[
        "torture",
        "--seed",
        "3",
        "--states",
        "1",
        "--report",
        "page.html",
    ]);
    let page = fs::read_to_string(room.at("page.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("width=device-width"));
    for from_elsewhere in [
        "<script", "http:", "https:", "url(", "@import", "<img", "<link",
    ] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
    }
    assert_eq!(page.matches("loses data").count(), 3);
    assert_eq!(page.matches("loses nothing").count(), 1);
}

#[test]
fn a_report_that_cannot_be_written_is_said_so() {
    let room = Room::new();
    let run = room.run(&["torture", "--states", "1", "--report", "nowhere/page.html"]);
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(run.stderr.contains("nowhere"), "{run:?}");
}
