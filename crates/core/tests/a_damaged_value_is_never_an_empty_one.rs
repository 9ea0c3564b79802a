//! `save_snapshot` and `load_snapshot`: whatever happens to the stored bytes, what is loaded is
//! what was saved, or an error. It is never nothing, never a default.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, key, put, reseal, sum_at};
use common::numbers::Numbers;
use pollster::block_on;
use serde::{Deserialize, Serialize};
use steadfast_core::StorageBackend;
use steadfast_core::{
    CodecError, Fate, Kv, MemoryBackend, PersistenceError, Postcard, Result, Schema, Store,
    StoreOptions, WHOLE, load_snapshot, save_snapshot,
};

const NAME: &str = "settings";

fn value() -> Numbers {
    Numbers((0..200).collect())
}

fn saved() -> Vec<u8> {
    let disk = MemoryBackend::new();
    block_on(save_snapshot(&disk, &key(NAME), &value())).expect("saved");
    files(&disk).remove(NAME).expect("a file")
}

fn load<T: Schema>(bytes: &[u8]) -> Result<Option<T>> {
    let files = Files::from([(NAME.to_owned(), bytes.to_vec())]);
    block_on(load_snapshot(&disk(&files), &key(NAME)))
}

#[test]
fn what_was_saved_is_loaded() {
    assert_eq!(load(&saved()).expect("sound"), Some(value()));
    for value in [Numbers::default(), Numbers((0..1_000_000).collect())] {
        let disk = MemoryBackend::new();
        block_on(save_snapshot(&disk, &key(NAME), &value)).expect("saved");
        let disk = disk.restart(Fate::Lost);
        let loaded = block_on(load_snapshot(&disk, &key(NAME))).expect("sound");
        assert_eq!(loaded, Some(value));
    }
    let nothing: Option<Numbers> =
        block_on(load_snapshot(&MemoryBackend::new(), &key(NAME))).expect("absent");
    assert_eq!(nothing, None);
}

#[test]
fn every_changed_byte_is_damage() {
    let bytes = saved();
    for offset in 0..bytes.len() {
        for mask in [0x01, 0x10, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[offset] ^= mask;
            let loaded = load::<Numbers>(&damaged);
            assert!(
                matches!(&loaded, Err(PersistenceError::Corrupt { key, .. }) if key.as_str() == NAME),
                "byte {offset} ^ {mask:#04x}: {loaded:?}"
            );
        }
    }
}

#[test]
fn every_cut_is_damage() {
    let bytes = saved();
    for len in 0..bytes.len() {
        let loaded = load::<Numbers>(&bytes[..len]);
        assert!(
            matches!(loaded, Err(PersistenceError::Corrupt { .. })),
            "{len} bytes: {loaded:?}"
        );
    }
}

#[test]
fn more_bytes_are_damage() {
    for more in [&[0][..], &[0; 24], &saved()] {
        let bytes = [&saved(), more].concat();
        assert!(matches!(
            load::<Numbers>(&bytes),
            Err(PersistenceError::Corrupt { .. })
        ));
    }
}

/// Pieces that are sound by themselves, but of another value, missing, duplicated, or in another
/// order.
#[test]
fn pieces_cannot_change_places() {
    let save = |value: &Numbers| {
        let disk = MemoryBackend::new();
        block_on(save_snapshot(&disk, &key(NAME), value)).expect("saved");
        files(&disk).remove(NAME).expect("a file")
    };
    // Three pieces: two of a mebibyte, and the rest.
    let bytes = save(&Numbers((1 << 21..(1 << 21) + 600_000).collect()));
    let header = common::disk::u32_at(&bytes, 12) as usize;
    let piece = 8 + (1 << 20);
    let first = &bytes[header..header + piece];
    let second = &bytes[header + piece..header + 2 * piece];
    let rest = &bytes[header + 2 * piece..];
    let header = &bytes[..header];
    assert!(rest.len() > 32);
    assert!(load::<Numbers>(&[header, first, second, rest].concat()).is_ok());
    for pieces in [
        vec![second, first, rest],
        vec![first, first, rest],
        vec![first, rest],
        vec![second, rest],
        vec![first, second, second, rest],
        vec![rest],
    ] {
        let mixed = [vec![header], pieces].concat().concat();
        assert!(matches!(
            load::<Numbers>(&mixed),
            Err(PersistenceError::Corrupt { .. })
        ));
    }
}

macro_rules! schema {
    ($name:ident, $stored:literal, $version:literal) => {
        #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
        struct $name(Vec<u32>);

        impl Schema for $name {
            const NAME: &'static str = $stored;
            const VERSION: u32 = $version;
            type Codec = Postcard;
        }
    };
}

schema!(Letters, "test.letters", 1);
schema!(NewerNumbers, "test.numbers", 2);

#[test]
fn another_type_and_a_newer_version_are_refused() {
    let error = load::<Letters>(&saved()).expect_err("another type");
    assert!(
        matches!(error, PersistenceError::WrongState { .. }),
        "{error}"
    );
    let disk = MemoryBackend::new();
    block_on(save_snapshot(&disk, &key(NAME), &NewerNumbers(vec![1]))).expect("saved");
    let error = block_on(load_snapshot::<_, Numbers>(&disk, &key(NAME))).expect_err("newer");
    assert!(
        matches!(error, PersistenceError::WrongState { .. }),
        "{error}"
    );
    // An older one needs a migration, and there is none.
    let error = load::<NewerNumbers>(&saved()).expect_err("no migration");
    assert!(matches!(error, PersistenceError::Codec { .. }), "{error}");
}

#[test]
fn a_newer_format_is_refused() {
    let mut bytes = saved();
    put(&mut bytes, 8, &7_u32.to_le_bytes());
    let at = sum_at(NAME, &bytes);
    reseal(&mut bytes, at);
    let error = load::<Numbers>(&bytes).expect_err("newer");
    assert!(
        matches!(error, PersistenceError::NewerFormat { found: 7, .. }),
        "{error}"
    );
}

#[test]
fn bytes_left_over_are_refused() {
    /// Encodes as its numbers and one byte more.
    struct Careless;

    impl Schema for Careless {
        const NAME: &'static str = "test.numbers";
        type Codec = OneMore;
    }

    struct OneMore;

    impl steadfast_core::Codec<Careless> for OneMore {
        fn encode(_: &Careless, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
            <Postcard as steadfast_core::Codec<Numbers>>::encode(&value(), bytes)?;
            bytes.push(0);
            Ok(())
        }

        fn decode(_: &[u8]) -> Result<Careless, CodecError> {
            Ok(Careless)
        }
    }

    let disk = MemoryBackend::new();
    block_on(save_snapshot(&disk, &key(NAME), &Careless)).expect("saved");
    let error = block_on(load_snapshot::<_, Numbers>(&disk, &key(NAME))).expect_err("too long");
    assert!(matches!(error, PersistenceError::Codec { .. }), "{error}");
}

/// A store's file is not a value of its own by that name, nor the other way round.
#[test]
fn other_files_are_refused() {
    let disk = MemoryBackend::new();
    let store: Store<Kv, _> =
        block_on(Store::open(disk.clone(), StoreOptions::default())).expect("opens");
    block_on(store.snapshot()).expect("a snapshot");
    drop(store);
    for name in files(&disk).keys() {
        let loaded = block_on(load_snapshot::<_, Numbers>(&disk, &key(name)));
        assert!(loaded.is_err(), "{name}");
    }
}

#[test]
fn a_save_at_every_step_of_which_the_power_goes() {
    let old = Numbers(vec![1, 2, 3]);
    for step in 1.. {
        let disk = MemoryBackend::new();
        block_on(save_snapshot(&disk, &key(NAME), &old)).expect("saved");
        disk.crash_at(disk.steps() + step);
        let outcome = block_on(save_snapshot(&disk, &key(NAME), &value()));
        for fate in [Fate::Lost, Fate::Kept, Fate::Torn(step), Fate::Torn(99)] {
            let disk = disk.restart(fate);
            let loaded = block_on(load_snapshot(&disk, &key(NAME))).expect("sound");
            let loaded: Numbers = loaded.expect("there");
            match &outcome {
                Ok(()) => assert_eq!(loaded, value()),
                Err(error) if error.is_outcome_unknown() => {
                    assert!(loaded == value() || loaded == old);
                }
                Err(_) => assert_eq!(loaded, old),
            }
            assert_eq!(
                block_on(disk.read(&key(NAME), WHOLE))
                    .expect("readable")
                    .is_some(),
                files(&disk).len() == 1
            );
        }
        if outcome.is_ok() {
            break;
        }
    }
}
