//! A place that this program cannot understand or must not change (a newer format, another state,
//! files of another store, things that are no store at all) is refused with an error that says so.
//! Not one byte of it changes.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, key, names, newest, put, reseal, sum_at};
use common::history::Progress;
use common::numbers::{NumberStore, Numbers, open_small, small};
use pollster::block_on;
use serde::{Deserialize, Serialize};
use steadfast_core::{
    CodecError, MemoryBackend, PersistenceError, Postcard, Result, Schema, State, StorageBackend,
    Store, StoreOptions, Survives,
};

/// Two snapshots, finished segments, an open one with commits.
async fn write(disk: MemoryBackend) -> Result<()> {
    let mut progress = Progress::default();
    let store = open_small(disk).await?;
    for _ in 0..2 {
        for _ in 0..5 {
            progress.commit(&store).await?;
        }
        store.snapshot().await?;
    }
    for _ in 0..5 {
        progress.commit(&store).await?;
    }
    Ok(())
}

fn specimen() -> Files {
    let disk = MemoryBackend::new();
    block_on(write(disk.clone())).expect("a store");
    files(&disk)
}

/// The error of opening as a store of `S`; reading gives the same, and nothing changes.
fn refused_as<S: State>(files: &Files) -> PersistenceError {
    let disk = disk(files);
    let opened = block_on(Store::<S, _>::open(disk.clone(), small()));
    let Err(opened) = opened else {
        panic!("it was opened");
    };
    let Err(read) = block_on(Store::<S, _>::load(&disk)) else {
        panic!("it was read");
    };
    assert_eq!(common::disk::files(&disk), *files, "bytes were changed");
    assert_eq!(read.to_string(), opened.to_string());
    opened
}

fn refused(files: &Files) -> PersistenceError {
    refused_as::<Numbers>(files)
}

/// Raises the format version of a file, soundly sealed.
fn made_newer(files: &Files, name: &str) -> Files {
    let mut newer = files.clone();
    let bytes = newer.get_mut(name).expect("a file");
    put(bytes, 8, &2_u32.to_le_bytes());
    let at = sum_at(name, bytes);
    reseal(bytes, at);
    newer
}

#[test]
fn a_newer_format() {
    let files = specimen();
    let (state, _) = block_on(NumberStore::load(&disk(&files))).expect("a sound store");
    let mut refusals = 0;
    for name in files.keys() {
        let newer = made_newer(&files, name);
        match block_on(NumberStore::load(&disk(&newer))) {
            // Not needed today.
            Ok((same, report)) => assert!(same == state && report.is_clean(), "{name}"),
            Err(_) => {
                let error = refused(&newer);
                let PersistenceError::NewerFormat {
                    key,
                    found: 2,
                    supported: 1,
                } = error
                else {
                    panic!("{name}: {error}");
                };
                assert_eq!(key.as_str(), name);
                refusals += 1;
            }
        }
    }
    for folder in ["manifest", "snapshot", "wal"] {
        let newer = made_newer(&files, &newest(&files, folder));
        assert!(
            matches!(refused(&newer), PersistenceError::NewerFormat { .. }),
            "{folder}"
        );
    }
    println!("{refusals} files are needed");
}

macro_rules! other_state {
    ($name:ident, $stored:literal, $version:literal, $operation:ty) => {
        #[derive(Default, Serialize, Deserialize)]
        struct $name(Vec<u32>);

        impl Schema for $name {
            const NAME: &'static str = $stored;
            const VERSION: u32 = $version;
            type Codec = Postcard;

            fn migrate(_: u32, bytes: &[u8]) -> Result<Self, CodecError> {
                Postcard::decode_numbers(bytes).map(Self)
            }
        }

        impl State for $name {
            type Operation = $operation;
            type OperationCodec = Postcard;

            fn apply(&mut self, _: $operation) {}
        }
    };
}

trait DecodeNumbers {
    fn decode_numbers(bytes: &[u8]) -> Result<Vec<u32>, CodecError>;
}

impl DecodeNumbers for Postcard {
    fn decode_numbers(bytes: &[u8]) -> Result<Vec<u32>, CodecError> {
        <Self as steadfast_core::Codec<Vec<u32>>>::decode(bytes)
    }
}

other_state!(OtherName, "test.letters", 1, Vec<u32>);
other_state!(NewerNumbers, "test.numbers", 2, Vec<u32>);
other_state!(OtherOperations, "test.numbers", 1, String);

#[test]
fn another_state() {
    let error = refused_as::<OtherName>(&specimen());
    assert!(
        matches!(error, PersistenceError::WrongState { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("test.numbers"), "{error}");
}

#[test]
fn a_newer_version_of_the_state() {
    let disk = MemoryBackend::new();
    let store = block_on(Store::<NewerNumbers, _>::open(disk.clone(), small())).expect("a store");
    block_on(store.commit(vec![1])).expect("a commit");
    drop(store);
    let files = files(&disk);
    let error = refused(&files);
    assert!(
        matches!(error, PersistenceError::WrongState { .. }),
        "{error}"
    );
}

/// The newest manifest, which states the newer version, is damaged. An older program must still
/// refuse the log behind it.
#[test]
fn a_log_of_a_newer_version_of_the_state() {
    let disk = MemoryBackend::new();
    drop(block_on(open_small(disk.clone())).expect("a store"));
    let store = block_on(Store::<NewerNumbers, _>::open(disk.clone(), small())).expect("a store");
    block_on(store.commit(vec![1])).expect("a commit");
    drop(store);
    let mut files = files(&disk);
    let name = newest(&files, "manifest");
    files.get_mut(&name).expect("a file")[20] ^= 1;
    let error = refused(&files);
    assert!(
        matches!(error, PersistenceError::WrongState { .. }),
        "{error}"
    );
}

/// The program cannot decode what is in the log: it finds out before it takes the store over.
#[test]
fn operations_that_do_not_decode() {
    let mut files = specimen();
    // Only the open segment is left to be replayed.
    let disk = disk(&files);
    let store = block_on(open_small(disk.clone())).expect("opens");
    block_on(store.snapshot()).expect("a snapshot");
    block_on(store.commit(vec![u32::MAX])).expect("a commit");
    drop(store);
    files.clone_from(&common::disk::files(&disk));
    let error = refused_as::<OtherOperations>(&files);
    assert!(matches!(error, PersistenceError::Codec { .. }), "{error}");
}

/// Each file of the store replaced by that of another store with the same history.
#[test]
fn files_of_another_store() {
    let ours = specimen();
    let disk = MemoryBackend::new();
    // So that the other one gets another identity.
    disk.unique();
    block_on(write(disk.clone())).expect("a store");
    let theirs = files(&disk);
    assert!(ours.keys().eq(theirs.keys()));
    let (state, _) = block_on(NumberStore::load(&common::disk::disk(&ours))).expect("sound");
    let mut refusals = 0;
    for (name, bytes) in &theirs {
        assert_ne!(ours[name], *bytes);
        let mut mixed = ours.clone();
        mixed.insert(name.clone(), bytes.clone());
        match block_on(NumberStore::load(&common::disk::disk(&mixed))) {
            Ok((same, _)) => assert_eq!(same, state, "{name}"),
            Err(_) => {
                let error = refused(&mixed);
                assert!(
                    matches!(error, PersistenceError::Corrupt { .. }),
                    "{name}: {error}"
                );
                refusals += 1;
            }
        }
    }
    // Every folder as a whole.
    for folder in ["manifest", "wal"] {
        let mut mixed = ours.clone();
        for name in names(&ours, folder) {
            mixed.insert(name.clone(), theirs[&name].clone());
        }
        let error = refused(&mixed);
        assert!(
            matches!(error, PersistenceError::Corrupt { .. }),
            "{folder}: {error}"
        );
    }
    assert!(refusals > 3, "{refusals}");
}

#[test]
fn a_place_with_other_things_in_it() {
    for name in ["readme.txt", "manifest/1", "wal/0000000000000001.bak"] {
        let mut foreign = Files::new();
        foreign.insert(name.into(), b"something of somebody's".to_vec());
        let disk = disk(&foreign);
        let Err(opened) = block_on(open_small(disk.clone())) else {
            panic!("{name}: it was opened");
        };
        assert!(
            matches!(opened, PersistenceError::NotAStore { .. }),
            "{opened}"
        );
        assert!(opened.to_string().contains(name), "{opened}");
        assert_eq!(files(&disk), foreign);
    }
}

#[test]
fn other_things_beside_a_store_are_left_alone() {
    let mut beside = specimen();
    beside.insert("readme.txt".into(), b"something of somebody's".to_vec());
    let disk = disk(&beside);
    let store = block_on(open_small(disk.clone())).expect("opens");
    block_on(store.snapshot()).expect("a snapshot");
    drop(store);
    let kept = block_on(disk.read(&key("readme.txt"), steadfast_core::WHOLE)).expect("readable");
    assert_eq!(kept.as_deref(), Some(&b"something of somebody's"[..]));
}

#[test]
fn a_backend_that_survives_less_than_was_asked_for() {
    let disk = MemoryBackend::new();
    let options = StoreOptions::default().require(Survives::PowerLoss);
    let Err(error) = block_on(NumberStore::open(disk.clone(), options)) else {
        panic!("it was opened");
    };
    assert!(
        matches!(error, PersistenceError::WeakBackend { .. }),
        "{error}"
    );
    assert!(files(&disk).is_empty());
}
