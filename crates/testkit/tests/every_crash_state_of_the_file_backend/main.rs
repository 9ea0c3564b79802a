//! `FileBackend` and `AtomicFile` themselves on a simulated POSIX disk. They create, write and
//! append. They crash at every system call, on a disk that becomes full at every write, and again
//! while they recover.
//!
//! `STEADFAST_SEED` explores another sample; the seed is printed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod beside;
mod files;
mod overtaken;
mod saves;
mod store;
mod streams;
mod successor;
mod system;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use steadfast_core::{Fate, Key, StorageBackend, WHOLE};
use steadfast_testkit::block_on;
use steadfast_testkit::posix::saves::{Picture, Way};
use steadfast_testkit::posix::{Call, Disk, Explorer, Workload};

/// The path of the backend's directory. At first neither it nor its parent exists.
const PLACE: &str = "data/store";

fn seed() -> u64 {
    let given = std::env::var("STEADFAST_SEED").ok();
    given.and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// Explores. Fewer states than `states_min` mean that the workload has lost steps.
fn explore(name: &str, workload: &impl Workload, bounds: [u32; 3], states_min: u64) {
    explore_with(Explorer::default(), name, workload, bounds, states_min);
}

fn explore_with(
    mut explorer: Explorer,
    name: &str,
    workload: &impl Workload,
    bounds: [u32; 3],
    states_min: u64,
) {
    explorer.seed = seed();
    [
        explorer.exhaustive_max,
        explorer.samples,
        explorer.samples_in_recovery,
    ] = bounds;
    let found = explorer.explore(workload);
    println!(
        "{name}: {} steps, {} crash states, all subsets of up to {} changes, samples of {} of more, seed {}",
        found.steps, found.states, explorer.exhaustive_max, explorer.samples, found.seed
    );
    assert_eq!(found.failure, None, "{name}");
    assert!(found.states >= states_min, "only {}", found.states);
}

#[test]
fn saves_and_deletions_are_whole_and_acknowledged_ones_stay() {
    explore("saves", &saves::Saves::default(), [5, 16, 2], 40_000);
}

#[test]
fn a_file_is_a_version_that_was_saved() {
    explore("files", &files::Files::default(), [4, 6, 0], 20_000);
}

#[test]
fn flushed_bytes_and_names_of_streams_stay() {
    explore("streams", &streams::Streams::default(), [5, 16, 2], 40_000);
}

#[test]
fn flushed_bytes_in_room_that_was_written_ahead_stay() {
    let with_room = streams::Streams::with_room();
    let disk = Disk::new();
    with_room.run(&disk);
    let is_durable = |call: &&Call| **call == Call::WriteDurably;
    assert_eq!(disk.calls().iter().filter(is_durable).count(), 5);
    explore("streams with room", &with_room, [5, 12, 1], 25_000);
}

/// A read can show an append that is in flight. A flush then waits for that append, so it makes
/// durable what the read has shown.
#[test]
fn a_flush_beside_a_direct_append_vouches_for_what_was_read() {
    let disk = Disk::new();
    let backend = system::open(&disk).unwrap();
    let log: Key = "log".parse().unwrap();
    let append = |position, data: &'static [u8]| {
        block_on(backend.append(&log, position, Bytes::from_static(data))).unwrap();
    };
    let sync = || block_on(backend.sync(&log)).unwrap();
    append(0, b"fir");
    sync();
    block_on(backend.reserve(&log, 4096)).unwrap();
    append(3, b"st");
    sync();
    let (told, answer) = mpsc::channel();
    let (reader, key, cut) = (backend.clone(), log.clone(), disk.clone());
    system::BETWEEN.set(Some(Box::new(move || {
        let other = std::thread::spawn(move || {
            let shown = block_on(reader.read(&key, WHOLE)).unwrap().unwrap();
            block_on(reader.sync(&key)).unwrap();
            let after = system::open(&cut.restart(Fate::Lost)).unwrap();
            let kept = block_on(after.read(&key, WHOLE)).unwrap().unwrap();
            told.send((shown, kept)).unwrap();
        });
        // Long enough that a flush which does not wait ends the thread.
        let begun = Instant::now();
        while !other.is_finished() && begun.elapsed() < Duration::from_millis(300) {
            std::thread::yield_now();
        }
    })));
    append(5, b"second");
    assert_eq!(disk.calls().last(), Some(&Call::WriteDurably));
    let (shown, kept) = answer.recv().unwrap();
    assert_eq!(shown, &b"firstsecond"[..]);
    assert_eq!(kept.get(..shown.len()), Some(&shown[..]));
}

#[test]
fn a_store_is_created_used_and_reopened_without_a_loss() {
    explore("store", &store::Stores::default(), [2, 4, 0], 50_000);
}

#[test]
fn a_store_with_room_written_ahead_loses_nothing() {
    let with_room = store::Stores::with_room();
    explore("store with room", &with_room, [2, 3, 0], 10_000);
}

/// The seed decides what is done, and how long segments are.
#[test]
fn a_store_of_drawn_actions_loses_nothing() {
    explore(
        "store, drawn",
        &store::Stores::drawn(seed()),
        [2, 3, 0],
        2_000,
    );
}

/// As on ext4 with `data=writeback`: a save that does not hold the old file open until the
/// directory is flushed may leave another file's bytes under its name.
#[test]
fn a_replaced_or_deleted_file_keeps_its_bytes_until_it_is_gone() {
    let early = Explorer {
        gives_away_early: true,
        ..Explorer::default()
    };
    let bounds = [5, 16, 0];
    let name = "saves, with blocks given away early";
    explore_with(
        early.clone(),
        name,
        &saves::Saves::default(),
        bounds,
        10_000,
    );
    let name = "streams, with blocks given away early";
    explore_with(
        early.clone(),
        name,
        &streams::Streams::default(),
        bounds,
        10_000,
    );
    let name = "files, with blocks given away early";
    explore_with(early, name, &files::Files::default(), [4, 6, 0], 10_000);
}

/// The system shows bytes that the disk does not have, and takes them for clean. The next writer to
/// open the store has to write them once more.
#[test]
fn a_flush_that_failed_and_a_new_start_lose_nothing() {
    let explorer = Explorer {
        kills_after_failed_flushes: true,
        ..Explorer::default()
    };
    let name = "store, started again after a flush that failed";
    explore_with(explorer, name, &store::Stores::default(), [2, 4, 0], 50_000);
}

/// Zeros are ahead of the log while a segment grows. They are removed when it is finished.
#[test]
fn a_finished_segment_has_no_room_left() {
    let last = |is_closed| {
        let disk = store::with_commits(&Disk::new(), is_closed);
        let wal = disk.root().open_directory("data/store/wal").unwrap();
        let name = wal.names().unwrap().pop().unwrap();
        let bytes = wal.open_file(&name).unwrap().read().unwrap();
        (bytes.len(), bytes.last().copied())
    };
    assert_eq!(last(false), (4096, Some(0)));
    let (len, byte) = last(true);
    assert!(len < 1000 && byte == Some(b'x'), "{len} {byte:?}");
}

/// `saves::Way::Steadfast` makes exactly the calls that the backend makes.
#[test]
fn a_save_is_the_one_that_is_drawn() {
    let disk = Disk::new();
    let backend = system::open(&disk).unwrap();
    let save = |bytes| block_on(backend.atomic_write(&"key".parse().unwrap(), bytes));
    save(Bytes::from_static(b"old")).unwrap();
    let before = disk.calls().len();
    save(Bytes::from_static(b"new")).unwrap();
    let drawn = Picture::of(Way::Steadfast, &Explorer::default()).unwrap();
    let calls: Vec<_> = drawn.points.iter().filter_map(|point| point.call).collect();
    assert_eq!(disk.calls()[before..], calls);
}
