//! A snapshot that finds no space is saved compressed, and can be read like any other. If it still
//! does not fit, the error says so, and the store goes on as before.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::Arc;

use common::crowd::Draw;
use common::disk::{files, key, names, newest, u32_at};
use common::probe::{Call, Probe, full, io};
use common::room::Room;
use pollster::block_on;
use serde::{Deserialize, Serialize};
use steadfast_core::{
    CodecError, Fate, Frozen, Kv, MemoryBackend, PersistenceError, Postcard, Remedy, Result,
    Schema, State, Store, StoreOptions, copy_store, inspect, load_snapshot, save_snapshot, status,
    verify,
};

const VALUES: u32 = 20;
const VALUE_LEN: usize = 4000;

type Rooms = Store<Kv, Room>;

/// The same few words again and again.
fn prose(n: u32) -> Vec<u8> {
    let words = format!("the moons of Jupiter, page {n}; ");
    words.bytes().cycle().take(VALUE_LEN).collect()
}

/// Nothing repeats in it.
fn noise(n: u32) -> Vec<u8> {
    let mut draw = Draw::new(n.into());
    let words = std::iter::repeat_with(|| draw.next().to_le_bytes());
    words.flatten().take(VALUE_LEN).collect()
}

fn open(room: &Room) -> Result<Rooms> {
    block_on(Store::open(room.clone(), StoreOptions::default()))
}

fn put(store: &Rooms, n: u32, value: &[u8]) -> Result<()> {
    let operation = Kv::put(format!("{n:04}"), value)?;
    block_on(store.commit(operation)).map(drop)
}

/// A store with these values in its log, and no snapshot yet.
fn filled(room: &Room, value: fn(u32) -> Vec<u8>) -> Rooms {
    let store = open(room).expect("opens");
    for n in 0..VALUES {
        put(&store, n, &value(n)).expect("a commit");
    }
    store
}

/// The state has the values, and nothing else.
fn has(kv: &Kv, value: fn(u32) -> Vec<u8>) -> bool {
    let all = (0..VALUES).all(|n| kv.get(format!("{n:04}").as_bytes()) == Some(&value(n)));
    all && kv.len() == VALUES as usize
}

fn loaded(disk: &MemoryBackend) -> Kv {
    let (kv, report) = block_on(Store::<Kv, _>::load(disk)).expect("loads");
    assert!(report.is_clean(), "{report:?}");
    kv
}

fn is_full(error: &PersistenceError) -> bool {
    matches!(error, PersistenceError::StorageFull { .. })
}

#[test]
fn it_fits_compressed_and_reads_as_if_it_were_not() {
    let disk = MemoryBackend::new();
    let room = Room::new(&disk);
    let store = filled(&room, prose);
    room.leave(8000);
    let info = block_on(store.snapshot()).expect("a snapshot");
    assert!(info.len < 8000, "{info:?}");
    assert_eq!(room.saves("snapshot").len(), 2);
    assert_eq!(room.staged(), 0);
    let after = disk.restart(Fate::Lost);
    assert_eq!(names(&files(&after), "snapshot").len(), 1);
    assert!(has(&loaded(&after), prose));
    // Whatever else reads it.
    assert!(block_on(verify(&after)).expect("read").is_sound());
    let inspections = block_on(inspect(&after)).expect("read");
    assert!(inspections.iter().all(|it| it.contents.is_ok()));
    let standing = block_on(status(&after)).expect("read");
    assert_eq!(standing.snapshots, vec![info]);
    let copy = MemoryBackend::new();
    block_on(copy_store(&after, &copy, None)).expect("copied");
    assert!(has(&loaded(&copy), prose));
    // And the store goes on.
    put(&store, 99, b"after that").expect("a commit");
    drop(store);
    let store = open(&Room::new(&disk)).expect("opens again");
    assert_eq!(store.read(Kv::len).expect("readable"), VALUES as usize + 1);
}

#[test]
fn where_there_is_room_it_is_plain() {
    let disk = MemoryBackend::new();
    let room = Room::new(&disk);
    let store = filled(&room, prose);
    room.leave(100_000);
    block_on(store.snapshot()).expect("a snapshot");
    assert_eq!(room.saves("snapshot").len(), 1);
    let files = files(&disk);
    let snapshot = &files[&newest(&files, "snapshot")];
    let page = prose(7);
    assert!(snapshot.windows(VALUE_LEN).any(|window| window == page));
}

#[test]
fn no_other_failure_is_a_reason() {
    let unknown = PersistenceError::OutcomeUnknown {
        place: "the snapshot".into(),
        source: Arc::new(full("flush", "the folder")),
    };
    let denied = PersistenceError::PermissionDenied {
        action: "write",
        place: "the snapshot".into(),
        source: Arc::new(std::io::Error::other("read-only")),
    };
    for error in [io("write", "the snapshot"), denied, unknown] {
        for place in ["stage", "write", "commit"] {
            let probe = Probe::new(&MemoryBackend::new(), 0);
            let store: Store<Kv, _> =
                block_on(Store::open(probe.clone(), StoreOptions::default())).expect("opens");
            block_on(store.commit(Kv::put("a", "b").expect("a put"))).expect("a commit");
            let refused = error.clone();
            let is_snapshot = |key: &steadfast_core::Key| key.as_str().starts_with("snapshot/");
            probe.refuse(move |call| {
                let here = match (call, place) {
                    (Call::Stage(key), "stage")
                    | (Call::StagedWrite(key), "write")
                    | (Call::Commit(key), "commit") => is_snapshot(key),
                    _ => false,
                };
                here.then(|| refused.clone())
            });
            block_on(store.snapshot()).expect_err("refused");
            let staged = probe.count(|call| matches!(call, Call::Stage(key) if is_snapshot(key)));
            assert_eq!(staged, 1, "{place}: {error}");
        }
    }
}

#[test]
fn what_does_not_get_smaller_is_refused_and_nothing_is_lost() {
    let disk = MemoryBackend::new();
    let room = Room::new(&disk);
    let store = filled(&room, noise);
    room.leave(8000);
    let error = block_on(store.snapshot()).expect_err("too large");
    assert!(is_full(&error), "{error}");
    assert_eq!(error.remedy(), Remedy::FreeSpace);
    let sentence = error.to_string();
    assert!(
        sentence.starts_with("no space left to write snapshot/")
            && sentence.contains(" even compressed: make room, then try again"),
        "{sentence}"
    );
    assert_eq!(room.saves("snapshot").len(), 2);
    assert_eq!(room.staged(), 0);
    let kept = store.status().snapshot_failure;
    assert_eq!(kept.map(|kept| kept.to_string()), Some(sentence));
    assert!(names(&files(&disk), "snapshot").is_empty(), "leftovers");
    assert!(has(&loaded(&disk.restart(Fate::Lost)), noise));
    // Commits go on, and with room so do snapshots, plain ones.
    put(&store, 0, &noise(0)).expect("a commit");
    room.leave(200_000);
    let info = block_on(store.snapshot()).expect("a snapshot");
    assert!(info.len > 80_000, "{info:?}");
    assert!(has(&loaded(&disk.restart(Fate::Lost)), noise));
    assert!(store.status().snapshot_failure.is_none());
}

/// Any space that is enough for a compressed snapshot is enough, also if a plain one fits but its
/// manifest does not. A refused store goes on.
#[test]
fn more_room_is_never_worse() {
    let mut least = None;
    let lens = (0..6000).step_by(60);
    for left in lens.chain((78_000..84_000).step_by(60)) {
        let disk = MemoryBackend::new();
        let room = Room::new(&disk);
        let store = filled(&room, prose);
        room.leave(left);
        match block_on(store.snapshot()) {
            Ok(_) => least = least.or(Some(left)),
            Err(error) => {
                assert!(is_full(&error), "{left} bytes: {error}");
                assert_eq!(least, None, "{left} bytes: {error}");
                assert!(names(&files(&disk), "snapshot").is_empty(), "{left} bytes");
            }
        }
        assert_eq!(room.staged(), 0);
        assert!(has(&loaded(&disk.restart(Fate::Lost)), prose));
        room.leave(10_000);
        put(&store, 0, &prose(0)).unwrap_or_else(|e| panic!("{left} bytes: {e}"));
    }
    assert!(least.is_some_and(|least| least < 4000), "{least:?}");
}

/// Steps of the disk that the snapshot takes.
fn steps_of_the_snapshot(disk: &MemoryBackend, store: &Rooms) -> std::ops::RangeInclusive<u64> {
    let before = disk.steps();
    block_on(store.snapshot()).expect("a snapshot");
    before + 1..=disk.steps()
}

/// A store whose next snapshot is written twice.
fn about_to_be_full(disk: &MemoryBackend) -> Rooms {
    let room = Room::new(disk);
    let store = filled(&room, prose);
    room.leave(8000);
    store
}

fn every_step() -> std::ops::RangeInclusive<u64> {
    let disk = MemoryBackend::new();
    let store = about_to_be_full(&disk);
    let steps = steps_of_the_snapshot(&disk, &store);
    assert!(steps.clone().count() > 10, "{steps:?}");
    steps
}

fn fates() -> impl Iterator<Item = Fate> {
    let torn = (0..16).map(Fate::Torn);
    [Fate::Lost, Fate::Kept].into_iter().chain(torn)
}

fn opens_with_everything(disk: &MemoryBackend, what: &str) {
    assert!(has(&loaded(disk), prose), "{what}");
    let room = Room::new(disk);
    let store = open(&room).unwrap_or_else(|e| panic!("{what}: {e}"));
    block_on(store.snapshot()).unwrap_or_else(|e| panic!("{what}: {e}"));
    drop(store);
    assert!(has(&loaded(&disk.restart(Fate::Lost)), prose), "{what}");
}

#[test]
fn the_power_goes_at_every_step_of_both_attempts() {
    for step in every_step() {
        let disk = MemoryBackend::new();
        let store = about_to_be_full(&disk);
        disk.crash_at(step);
        let taken = block_on(store.snapshot());
        for fate in fates() {
            let what = format!("step {step}, {fate:?}, {taken:?}");
            opens_with_everything(&disk.restart(fate), &what);
        }
    }
}

#[test]
fn every_step_of_both_attempts_fails_once() {
    for step in every_step() {
        let disk = MemoryBackend::new();
        let store = about_to_be_full(&disk);
        disk.fail_at(step);
        let taken = block_on(store.snapshot());
        for fate in fates() {
            let what = format!("step {step}, {fate:?}, {taken:?}");
            opens_with_everything(&disk.restart(fate), &what);
        }
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Page(String);

impl Schema for Page {
    const NAME: &'static str = "test.page";
    type Codec = Postcard;
}

#[test]
fn a_single_value_too() {
    let disk = MemoryBackend::new();
    let room = Room::new(&disk);
    let place = key("pages/first");
    let old = Page("old".into());
    block_on(save_snapshot(&room, &place, &old)).expect("saved");
    room.leave(1000);
    let long = Page("the moons of Jupiter; ".repeat(100));
    block_on(save_snapshot(&room, &place, &long)).expect("saved compressed");
    assert_eq!(room.saves("pages").len(), 3);
    let load = || block_on(load_snapshot::<_, Page>(&disk.restart(Fate::Lost), &place));
    assert_eq!(load().expect("readable"), Some(long));
    room.leave(10_000);
    block_on(save_snapshot(&room, &place, &old)).expect("saved");
    assert_eq!(room.saves("pages").len(), 4, "it is small");
    room.leave(10);
    let error = block_on(save_snapshot(&room, &place, &Page("new".into()))).expect_err("full");
    assert!(is_full(&error) && error.to_string().contains(" even compressed: "));
    assert_eq!(load().expect("readable"), Some(old));
}

/// Of pieces of all kinds, those that compression does not make smaller are stored plain.
#[test]
fn pieces_of_any_length_and_kind_come_back() {
    for (len, repeats) in [
        (1, 1),
        (5, 1),
        (100, 40),
        (100_000, 100_000),
        (20 << 20, 8 << 20),
    ] {
        let mut draw = Draw::new(len as u64);
        let noise = std::iter::repeat_with(|| draw.next().to_le_bytes()).flatten();
        let value: Vec<u8> = noise.take(len).collect();
        let value = [value, vec![b'r'; repeats]].concat();
        let disk = MemoryBackend::new();
        let probe = Probe::new(&disk, 0);
        let store: Store<Kv, _> =
            block_on(Store::open(probe.clone(), StoreOptions::default())).expect("opens");
        for name in ["a", "b"] {
            let operation = Kv::put(name, value.as_slice()).expect("a put");
            block_on(store.commit(operation)).expect("a commit");
        }
        let mut attempts = 0;
        probe.refuse(move |call| match call {
            Call::Commit(key) if key.as_str().starts_with("snapshot/") => {
                attempts += 1;
                (attempts == 1).then(|| full("flush", key.as_str()))
            }
            _ => None,
        });
        let info = block_on(store.snapshot()).expect("a snapshot");
        let plain = 2 * value.len() as u64;
        assert!(info.len < plain + 300, "{len}: {info:?}");
        assert_eq!(
            info.len < plain,
            len < 20 << 20 && len > 5,
            "{len}: {info:?}"
        );
        let files = files(&disk);
        let snapshot = &files[&newest(&files, "snapshot")];
        let field = u32_at(snapshot, u32_at(snapshot, 12) as usize);
        assert_eq!(
            field & 0x4000_0000 != 0,
            info.len < plain,
            "{len}: {info:?}"
        );
        let kv = loaded(&disk.restart(Fate::Lost));
        assert_eq!(
            (kv.get(b"a"), kv.get(b"b")),
            (Some(&value[..]), Some(&value[..]))
        );
    }
}

/// A state that gives one piece, longer than any may be.
#[derive(Default, Serialize, Deserialize)]
struct Endless;

impl Schema for Endless {
    const NAME: &'static str = "test.endless";
    type Codec = Postcard;
}

impl State for Endless {
    type Operation = ();
    type OperationCodec = Postcard;
    const TRY_SNAPSHOTS: bool = false;

    fn apply(&mut self, (): ()) {}

    fn freeze(&self) -> std::result::Result<Box<dyn Frozen>, CodecError> {
        Ok(Box::new(Self))
    }
}

impl Frozen for Endless {
    fn next_piece(&mut self, piece: &mut Vec<u8>) -> std::result::Result<bool, CodecError> {
        piece.resize(piece.len() + (512 << 20) + 1, 0);
        Ok(false)
    }
}

/// The piece would fit, but no reader could read it.
#[test]
fn a_piece_that_is_too_long_is_refused_compressed_too() {
    let probe = Probe::new(&MemoryBackend::new(), 0);
    let store: Store<Endless, _> =
        block_on(Store::open(probe.clone(), StoreOptions::default())).expect("opens");
    block_on(store.commit(())).expect("a commit");
    let mut attempts = 0;
    probe.refuse(move |call| match call {
        Call::Stage(key) if key.as_str().starts_with("snapshot/") => {
            attempts += 1;
            (attempts == 1).then(|| full("create", key.as_str()))
        }
        _ => None,
    });
    let error = block_on(store.snapshot()).expect_err("too long");
    assert!(
        matches!(error, PersistenceError::TooLarge { .. }),
        "{error}"
    );
}
