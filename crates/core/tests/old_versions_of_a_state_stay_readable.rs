//! The encoding of a state changes, and its version is raised. Older snapshots and logs stay
//! readable through the migrations, also next to newer ones. Older programs are refused.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, names, newest};
use pollster::block_on;
use serde::{Deserialize, Serialize};
use steadfast_core::{
    Codec, CodecError, MemoryBackend, PersistenceError, Postcard, Result, Schema, State, Store,
    StoreOptions,
};

/// Version 1: amounts in whole crowns.
#[derive(Default, Serialize, Deserialize)]
struct Ledger1 {
    crowns: Vec<u32>,
}

/// Version 2: in pence.
#[derive(Default, Serialize, Deserialize)]
struct Ledger2 {
    pence: Vec<u64>,
}

/// Version 3: with a name for each.
#[derive(Default, Serialize, Deserialize)]
struct Ledger3 {
    entries: Vec<(String, u64)>,
}

const PENCE_PER_CROWN: u64 = 60;

fn pence(crowns: u32) -> u64 {
    u64::from(crowns) * PENCE_PER_CROWN
}

fn no_migration(version: u32) -> CodecError {
    CodecError::new(format!("no migration from version {version}"))
}

impl Schema for Ledger1 {
    const NAME: &'static str = "test.ledger";
    type Codec = Postcard;
}

impl State for Ledger1 {
    type Operation = u32;
    type OperationCodec = Postcard;

    fn apply(&mut self, crowns: u32) {
        self.crowns.push(crowns);
    }
}

impl Schema for Ledger2 {
    const NAME: &'static str = "test.ledger";
    const VERSION: u32 = 2;
    type Codec = Postcard;

    fn migrate(version: u32, bytes: &[u8]) -> Result<Self, CodecError> {
        if version != 1 {
            return Err(no_migration(version));
        }
        let old: Ledger1 = Postcard::decode(bytes)?;
        Ok(Self {
            pence: old.crowns.into_iter().map(pence).collect(),
        })
    }
}

impl State for Ledger2 {
    type Operation = u64;
    type OperationCodec = Postcard;

    fn apply(&mut self, pence: u64) {
        self.pence.push(pence);
    }

    fn migrate_operation(version: u32, bytes: &[u8]) -> Result<u64, CodecError> {
        if version != 1 {
            return Err(no_migration(version));
        }
        Postcard::decode(bytes).map(pence)
    }
}

impl Schema for Ledger3 {
    const NAME: &'static str = "test.ledger";
    const VERSION: u32 = 3;
    type Codec = Postcard;

    fn migrate(version: u32, bytes: &[u8]) -> Result<Self, CodecError> {
        let old = Ledger2::decode_version(version, bytes)?;
        let named = old.pence.into_iter().map(|pence| (String::new(), pence));
        Ok(Self {
            entries: named.collect(),
        })
    }
}

impl State for Ledger3 {
    type Operation = (String, u64);
    type OperationCodec = Postcard;

    fn apply(&mut self, entry: (String, u64)) {
        self.entries.push(entry);
    }

    fn migrate_operation(version: u32, bytes: &[u8]) -> Result<(String, u64), CodecError> {
        let pence = match version {
            2 => Postcard::decode(bytes)?,
            _ => Ledger2::migrate_operation(version, bytes)?,
        };
        Ok((String::new(), pence))
    }
}

fn open<S: State>(disk: &MemoryBackend) -> Result<Store<S, MemoryBackend>> {
    block_on(Store::open(disk.clone(), StoreOptions::default()))
}

fn is_refused<S: State>(disk: &MemoryBackend) {
    let before = files(disk);
    for error in [
        open::<S>(disk).err(),
        block_on(Store::<S, _>::load(disk)).err(),
    ] {
        assert!(
            matches!(error, Some(PersistenceError::WrongState { .. })),
            "{error:?}"
        );
    }
    assert_eq!(files(disk), before);
}

/// Ten crowns in a snapshot, twenty and thirty in the log.
fn version_1() -> MemoryBackend {
    let disk = MemoryBackend::new();
    let store = open::<Ledger1>(&disk).expect("opens");
    block_on(async {
        store.commit(10).await?;
        store.snapshot().await?;
        store.commit(20).await?;
        store.commit(30).await
    })
    .expect("a store");
    disk
}

fn pence_in(disk: &MemoryBackend) -> Vec<u64> {
    let (state, report) = block_on(Store::<Ledger2, _>::load(disk)).expect("readable");
    assert!(report.is_clean(), "{report:?}");
    state.pence
}

#[test]
fn a_snapshot_and_a_log_of_the_version_before() {
    let disk = version_1();
    assert_eq!(pence_in(&disk), [600, 1200, 1800]);
    let store = open::<Ledger2>(&disk).expect("opens");
    assert_eq!(store.read(|state| state.pence.len()).expect("readable"), 3);
}

#[test]
fn logs_of_several_versions_side_by_side() {
    let disk = version_1();
    let store = open::<Ledger2>(&disk).expect("opens");
    block_on(store.commit(7)).expect("a commit");
    drop(store);
    is_refused::<Ledger1>(&disk);
    assert_eq!(pence_in(&disk), [600, 1200, 1800, 7]);

    let store = open::<Ledger3>(&disk).expect("opens");
    block_on(store.commit(("bread".into(), 2))).expect("a commit");
    drop(store);
    is_refused::<Ledger1>(&disk);
    is_refused::<Ledger2>(&disk);
    for _ in 0..2 {
        let store = open::<Ledger3>(&disk).expect("opens");
        let amounts = |state: &Ledger3| state.entries.iter().map(|entry| entry.1).collect();
        let amounts: Vec<u64> = store.read(amounts).expect("readable");
        assert_eq!(amounts, [600, 1200, 1800, 7, 2]);
        assert_eq!(
            store
                .read(|state| state.entries[4].0.clone())
                .expect("readable"),
            "bread"
        );
        block_on(store.snapshot()).expect("a snapshot");
    }
}

/// As soon as a newer program has opened the store, even without a commit, an older one is refused.
#[test]
fn opening_raises_the_version() {
    let disk = version_1();
    drop(open::<Ledger2>(&disk).expect("opens"));
    is_refused::<Ledger1>(&disk);
    assert_eq!(pence_in(&disk), [600, 1200, 1800]);
}

/// The snapshot of the new version is damaged. The snapshot of the old version and the logs of both
/// give the same state.
#[test]
fn falling_back_across_versions() {
    let disk_before = version_1();
    let store = open::<Ledger2>(&disk_before).expect("opens");
    block_on(store.commit(7)).expect("a commit");
    block_on(store.snapshot()).expect("a snapshot");
    block_on(store.commit(8)).expect("a commit");
    drop(store);
    let mut damaged: Files = files(&disk_before);
    assert_eq!(names(&damaged, "snapshot").len(), 2);
    let name = newest(&damaged, "snapshot");
    damaged.get_mut(&name).expect("a file")[60] ^= 1;
    let store = open::<Ledger2>(&disk(&damaged)).expect("opens");
    assert_eq!(store.recovery().skipped.len(), 1);
    assert_eq!(
        store.read(|state| state.pence.clone()).expect("readable"),
        [600, 1200, 1800, 7, 8]
    );
}

/// Segments are merged, but never across a change of the version: a segment has one version.
#[test]
fn merging_keeps_versions_apart() {
    let disk = MemoryBackend::new();
    for crowns in 0..10 {
        let store = open::<Ledger1>(&disk).expect("opens");
        block_on(store.commit(crowns)).expect("a commit");
    }
    for n in 0..40 {
        let store = open::<Ledger2>(&disk).expect("opens");
        block_on(store.commit(n)).expect("a commit");
    }
    assert!(names(&files(&disk), "wal").len() < 40, "nothing was merged");
    let expected: Vec<u64> = (0..10).map(pence).chain(0..40).collect();
    assert_eq!(pence_in(&disk), expected);
}

/// A program that raised the version and forgot the migrations changes nothing.
#[test]
fn without_a_migration_nothing_changes() {
    #[derive(Default, Serialize, Deserialize)]
    struct Forgetful(Vec<u8>);

    impl Schema for Forgetful {
        const NAME: &'static str = "test.ledger";
        const VERSION: u32 = 2;
        type Codec = Postcard;
    }

    impl State for Forgetful {
        type Operation = u8;
        type OperationCodec = Postcard;

        fn apply(&mut self, _: u8) {}
    }

    let with_snapshot = version_1();
    let log_only = MemoryBackend::new();
    let store = open::<Ledger1>(&log_only).expect("opens");
    block_on(store.commit(1)).expect("a commit");
    drop(store);
    for disk in [with_snapshot, log_only] {
        let before = files(&disk);
        let error = open::<Forgetful>(&disk).err().expect("refused");
        assert!(matches!(error, PersistenceError::Codec { .. }), "{error}");
        assert!(error.to_string().contains("no migration"), "{error}");
        assert_eq!(files(&disk), before);
    }
}
