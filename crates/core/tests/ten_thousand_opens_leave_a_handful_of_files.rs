//! A program opens, commits once and closes, ten thousand times. What it keeps and what an open
//! reads stay bounded.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::files;
use common::probe::Probe;
use pollster::block_on;
use steadfast_core::{Kv, MemoryBackend, Result, Store, StoreOptions};

const KEYS_MAX: usize = 60;

/// What the opens cost at most.
#[derive(Debug, Default)]
struct Cost {
    keys: usize,
    bytes_read: u64,
    calls: usize,
}

/// Opens, commits, saves a snapshot if one is due, closes.
async fn session(probe: &Probe, options: StoreOptions, number: u32) -> Result<Cost> {
    probe.forget_calls();
    let store: Store<Kv, _> = Store::open(probe.clone(), options).await?;
    let cost = Cost {
        keys: 0,
        bytes_read: probe.bytes_read(),
        calls: probe.calls().len(),
    };
    assert!(store.recovery().is_clean());
    assert_eq!(store.status().lsn.get(), u64::from(number));
    let key = format!("key {}", number % 50);
    store.commit(Kv::put(key, number.to_le_bytes())?).await?;
    if store.snapshot_is_due() {
        store.snapshot().await?;
    }
    store.close().await?;
    Ok(cost)
}

fn sessions(count: u32, options: &StoreOptions) -> (MemoryBackend, Cost) {
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 0);
    let mut most = Cost::default();
    for number in 0..count {
        let cost = block_on(session(&probe, options.clone(), number)).expect("a session");
        let keys = block_on(steadfast_core::StorageBackend::list(
            &disk,
            &steadfast_core::Prefix::ROOT,
        ));
        most = Cost {
            keys: most.keys.max(keys.expect("a listing").len()),
            bytes_read: most.bytes_read.max(cost.bytes_read),
            calls: most.calls.max(cost.calls),
        };
    }
    println!("{count} sessions: {most:?}");
    (disk, most)
}

#[test]
fn with_snapshots_when_they_are_due() {
    let options = StoreOptions::default().snapshot_after(8 << 10);
    let (disk, most) = sessions(10_000, &options);
    assert!(most.keys < KEYS_MAX, "{most:?}");
    assert!(most.bytes_read < 64 << 10, "{most:?}");
    assert!(most.calls < 150, "{most:?}");
    let total: usize = files(&disk).values().map(Vec::len).sum();
    assert!(total < 128 << 10, "{total} bytes are kept");
}

/// Without a snapshot the log is read whole. But it is not scattered over thousands of files, and
/// not much longer than what was committed.
#[test]
fn without_any_snapshot() {
    let count = 1500;
    let (disk, most) = sessions(count, &StoreOptions::default());
    assert!(most.keys < KEYS_MAX, "{most:?}");
    let frames = u64::from(count) * 60;
    assert!(most.bytes_read < 4 * frames, "{most:?}");
    let (kv, _) = block_on(Store::<Kv, _>::load(&disk)).expect("readable");
    assert_eq!(kv.len(), 50);
}
