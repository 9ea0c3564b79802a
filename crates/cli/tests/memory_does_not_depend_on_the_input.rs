//! The memory of an import depends on what is in the store, not on the length of a line or a file.
//!
//! One test in a program of its own: the system keeps the largest peak among all children that have
//! ended.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

#[expect(dead_code, reason = "the other tests use the rest")]
mod common;

use std::io::Write as _;
use std::process::{ChildStdin, Stdio};

use common::{Room, Run, line};
use nix::sys::resource::{UsageWho, getrusage};

const MIB: i64 = 1 << 20;

/// The largest peak so far, in bytes.
fn peak() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    usage.max_rss() * 1024
}

/// Runs an import of what `feed` writes.
fn import(arguments: &[&str], feed: impl FnOnce(&mut ChildStdin) + Send + 'static) -> (Room, Run) {
    let room = Room::new();
    let mut child = room
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || feed(&mut input));
    let run = Run::from(child.wait_with_output().unwrap());
    feeder.join().unwrap();
    (room, run)
}

/// Writes so many bytes of records that overwrite the same thousand keys.
fn overwrites(input: &mut ChildStdin, len: usize) {
    let value = "x".repeat(180);
    let thousand: String = (0..1000)
        .map(|n| line(&format!("key {n:04}"), &value))
        .collect();
    for _ in 0..len / thousand.len() {
        input.write_all(thousand.as_bytes()).unwrap();
    }
}

/// Writes four gibibytes without a line end, or as much of them as is accepted.
fn endless(input: &mut ChildStdin, begin: &str) {
    let mebibyte = vec![b'x'; 1 << 20];
    if input.write_all(begin.as_bytes()).is_ok() {
        for _ in 0..4096 {
            if input.write_all(&mebibyte).is_err() {
                break;
            }
        }
    }
}

#[test]
fn memory_does_not_depend_on_the_input() {
    let many = ["import", "-", "--batch", "10000", "--json"];
    let (_room, run) = import(&many, |input| overwrites(input, 20 << 20));
    run.ok();
    let short = peak();
    let (room, run) = import(&many, |input| overwrites(input, 200 << 20));
    run.ok();
    let long = peak();
    assert_eq!(room.ok(&["scan"]).lines().count(), 1000);
    println!(
        "peak of 20 MiB: {} MiB, of 200 MiB: {} MiB",
        short / MIB,
        long / MIB
    );
    assert!(
        long < short + 32 * MIB,
        "the peak grows with the file: {short} {long}"
    );

    let lines = ["import", "-", "--acks"];
    let good = line("planet", "Mars");
    let begin = format!("{good}{{\"key\":\"big\",\"value\":\"");
    let (room, run) = import(&lines, move |input| endless(input, &begin));
    assert_eq!(run.stdout, "ack 1\n");
    assert_eq!(
        run.error(3),
        "line 2 of standard input: the line is longer than 96.0 MiB, and a value may have 64.0 MiB at most; the one record before it is imported"
    );
    assert_eq!(room.ok(&["scan"]), "planet\tMars\n");

    let csv = ["import", "-", "--acks", "--format", "csv"];
    let (_room, run) = import(&csv, |input| endless(input, "key,value\nplanet,Mars\nbig,"));
    assert_eq!(run.stdout, "ack 1\n");
    assert_eq!(
        run.error(3),
        "line 3 of standard input: the row is longer than 96.0 MiB, and a value may have 64.0 MiB at most; the one record before it is imported"
    );

    let (_room, run) = import(&["put", "big", "-"], |input| endless(input, ""));
    run.error(3);
    println!("peak of a value of 4 GiB: {} MiB", peak() / MIB);
    assert!(peak() < 300 * MIB, "{}", peak());
}
