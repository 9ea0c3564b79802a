//! A snapshot of a store of one gibibyte takes at most 32 MiB more memory than the store, and
//! writers go on meanwhile.
//!
//! Measured as the peak resident set, which Linux lets a process reset.
#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::fs;

use steadfast::blocking::{Durability, Options, Store};
use steadfast::{FileBackend, Kv, KvBatch};

const VALUE_LEN: usize = 64 << 10;
const VALUES: usize = 16 << 10;
const EXTRA_MAX: u64 = 32 << 20;

/// A line of `/proc/self/status`, in bytes.
fn memory(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with(field))
        .expect("a known field");
    let kib: u64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .expect("a number");
    kib << 10
}

#[test]
fn a_snapshot_needs_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = FileBackend::open(folder.path().join("store")).expect("a backend");
    let options = Options::default()
        .durability(Durability::Buffered)
        .automatic_snapshots(false);
    let store: Store<Kv> = Store::open_on(backend, options).expect("a store");
    for first in (0..VALUES).step_by(64) {
        let mut batch = KvBatch::new();
        for number in first..first + 64 {
            let byte = u8::try_from(number % 251).unwrap_or(0);
            batch
                .put(format!("{number:08}"), vec![byte; VALUE_LEN])
                .expect("a small value");
        }
        store.commit(batch).expect("a commit");
    }
    fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
    let before = memory("VmRSS");
    let saved = store.snapshot().expect("a snapshot");
    let extra = memory("VmHWM").saturating_sub(before);
    println!(
        "snapshot of {} MiB: {} KiB of extra memory",
        saved.len >> 20,
        extra >> 10
    );
    assert!(saved.len >= (VALUES * VALUE_LEN) as u64);
    assert!(extra <= EXTRA_MAX, "{extra} bytes of extra memory");
}
