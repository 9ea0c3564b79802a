//! A disk without room for a second snapshot beside the two that are kept. Compacting makes the
//! room. A crash at each of its steps, and at each step of the recovery after that, loses nothing.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

#[expect(dead_code, reason = "the core's tests use the rest of it")]
#[path = "../../core/tests/common/room.rs"]
mod room;

/// The part of the core's tests that `room` uses.
mod probe {
    use std::sync::Arc;

    use steadfast_core::PersistenceError;

    pub(crate) fn full(action: &'static str, place: &str) -> PersistenceError {
        PersistenceError::StorageFull {
            action,
            place: place.to_owned(),
            source: Arc::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
        }
    }
}

use pollster::block_on;
use room::Room;
use steadfast_core::{
    Entry, Kv, KvBatch, MemoryBackend, PersistenceError, Prefix, Result, StorageBackend, Store,
    StoreOptions,
};
use steadfast_testkit::explorer::{Explorer, Script};

const VALUES: u32 = 12;
const VALUE_LEN: usize = 700;
/// The bytes left for segments, manifests and what a crash leaves: fewer than a snapshot needs.
const SLACK: u64 = 6000;
const DELETED: u32 = 2;

/// Bytes without repetition, so that they do not compress.
fn noise(n: u32) -> Vec<u8> {
    let mut state = u64::from(n) + 1;
    let draw = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (state >> 56) as u8
    };
    std::iter::repeat_with(draw).take(VALUE_LEN).collect()
}

fn put(n: u32) -> Result<KvBatch> {
    Kv::put(format!("{n:04}"), noise(n))
}

fn delete(n: u32) -> Result<KvBatch> {
    Kv::delete(format!("{n:04}"))
}

fn options() -> StoreOptions {
    StoreOptions::default().segment_len(2000)
}

/// Two snapshots are kept, with log between and behind them. Then some keys are deleted.
fn filled(store: &Store<Kv, Room>) {
    for n in 0..VALUES {
        block_on(store.commit(put(n).expect("a put"))).expect("there is room");
        if n % 4 == 3 {
            block_on(store.snapshot()).expect("there is room");
        }
    }
    for n in 0..DELETED {
        block_on(store.commit(delete(n).expect("a deletion"))).expect("there is room");
    }
}

/// The same steps, then the use of the room.
fn script() -> Script<Kv> {
    let mut script = Script::new();
    for n in 0..VALUES {
        script = script.commit(move || put(n));
        if n % 4 == 3 {
            script = script.snapshot();
        }
    }
    for n in 0..DELETED {
        script = script.commit(move || delete(n));
    }
    let refilled = VALUES..VALUES + 4;
    refilled.fold(script.compact(), |script, n| script.commit(move || put(n)))
}

fn used(disk: &MemoryBackend) -> u64 {
    let listing = block_on(disk.list(&Prefix::ROOT)).expect("listed");
    listing.iter().map(|Entry { len, .. }| len).sum()
}

fn full_store() -> (MemoryBackend, Room, Store<Kv, Room>) {
    let disk = MemoryBackend::new();
    let room = Room::new(&disk);
    let store = block_on(Store::open(room.clone(), options())).expect("opens");
    filled(&store);
    room.leave(SLACK);
    (disk, room, store)
}

#[test]
fn compacting_needs_no_room_beside_two_snapshots() {
    let (disk, _, store) = full_store();
    let before = used(&disk);
    let refused = block_on(store.snapshot());
    assert!(
        matches!(refused, Err(PersistenceError::StorageFull { .. })),
        "{refused:?}"
    );
    let spare_len = store.status().spare_len;
    assert!(spare_len > 0, "the older snapshot, and log");
    let taken = block_on(store.compact()).expect("compacted");
    let status = store.status();
    assert_eq!((status.snapshots, status.spare_len), (vec![taken], 0));
    let after = used(&disk);
    // Besides the snapshot there are two manifests, and two segments without a commit.
    assert!(after < taken.len + 1500, "{after} bytes, {taken:?}");
    println!(
        "{before} bytes were {after}, with a snapshot of {}",
        taken.len
    );
    drop(store);
    let (kv, report) = block_on(Store::<Kv, _>::load(&disk)).expect("loads");
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(kv.len(), (VALUES - DELETED) as usize);
}

#[test]
fn a_snapshot_that_is_damaged_lets_go_of_nothing() {
    let (disk, room, store) = full_store();
    let newest = block_on(disk.list(&Prefix::folder("snapshot").expect("a folder")));
    let newest = newest.expect("listed").pop().expect("a snapshot").key;
    let whole = block_on(disk.read(&newest, 0..u64::MAX)).expect("read");
    let mut damaged = whole.expect("there").to_vec();
    damaged[3000] ^= 1;
    block_on(disk.atomic_write(&newest, damaged.into())).expect("written");
    let refused = block_on(store.compact());
    assert!(
        matches!(refused, Err(PersistenceError::Corrupt { .. })),
        "the damage is told, and not that there is no room: {refused:?}"
    );
    drop(store);
    room.leave(SLACK);
    let store: Store<Kv, Room> = block_on(Store::open(room, options())).expect("opens");
    assert_eq!(store.recovery().skipped.len(), 1, "the other one did");
    assert_eq!(
        store.read(Kv::len).expect("readable"),
        (VALUES - DELETED) as usize
    );
}

#[test]
fn a_crash_at_any_step_of_it_loses_nothing() {
    let (disk, ..) = full_store();
    let capacity = used(&disk) + SLACK;
    let explorer = Explorer {
        exhaustive_max: 2,
        samples: 2,
        samples_in_recovery: 0,
        options: options(),
        ..Explorer::default()
    };
    let explored = explorer.explore_over(&script(), |disk| Room::with_capacity(&disk, capacity));
    println!("{} states, {} steps", explored.states, explored.steps);
    assert_eq!(explored.failure, None);
    assert!(explored.states > 1000);
}
