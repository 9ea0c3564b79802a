//! The test that freezes encodings fails after a field is added without a new version, after two
//! fields are swapped, and after a migration is removed.

use std::path::Path;

use serde::{Deserialize, Serialize};
use steadfast_core::{Codec, CodecError, Postcard, Schema, State};
use steadfast_testkit::frozen;

macro_rules! version {
    ($state:ident $version:literal { $($field:ident: $type:ty = $value:expr),* } $migrate:expr) => {
        #[derive(Default, Serialize, Deserialize)]
        struct $state { $($field: $type),* }

        impl $state {
            fn sample() -> Self {
                Self { $($field: $value),* }
            }
        }

        impl Schema for $state {
            const NAME: &'static str = "test.account";
            const VERSION: u32 = $version;
            type Codec = Postcard;

            fn migrate(_: u32, bytes: &[u8]) -> Result<Self, CodecError> {
                let migrate: fn(&[u8]) -> Result<Self, CodecError> = $migrate;
                migrate(bytes)
            }
        }

        impl State for $state {
            type Operation = Self;
            type OperationCodec = Postcard;

            fn apply(&mut self, new: Self) {
                *self = new;
            }

            fn migrate_operation(version: u32, bytes: &[u8]) -> Result<Self, CodecError> {
                Self::migrate(version, bytes)
            }
        }
    };
}

fn gone<T>(_: &[u8]) -> Result<T, CodecError> {
    Err(CodecError::new("no migration"))
}

version!(First 1 { cents: u32 = 7, name: String = "Ada".into() } gone);
version!(Added 1 { cents: u32 = 7, name: String = "Ada".into(), open: bool = true } gone);
version!(Swapped 1 { name: String = "Ada".into(), cents: u32 = 7 } gone);
version!(Raised 2 { cents: u32 = 7, name: String = "Ada".into(), open: bool = true } |bytes| {
    let First { cents, name } = Postcard::decode(bytes)?;
    Ok(Self { cents, name, open: true })
});
version!(Forgetful 2 { cents: u32 = 7, name: String = "Ada".into(), open: bool = true } gone);

fn check<S: State<Operation = S>>(folder: &Path, sample: fn() -> S) -> Result<(), String> {
    let said = [
        frozen::values(folder, &[sample()]),
        frozen::operations::<S>(folder, &[sample()]),
    ];
    assert_eq!(said[0].is_ok(), said[1].is_ok());
    said.into_iter()
        .collect::<Result<Vec<()>, _>>()
        .map(drop)
        .map_err(|e| e.to_string())
}

/// Writes the frozen file: the first run fails, and says what it wrote.
fn freeze<S: State<Operation = S>>(folder: &Path, sample: fn() -> S) {
    let sentence = check(folder, sample).err().unwrap_or_default();
    assert!(sentence.contains("under version control"), "{sentence}");
}

#[test]
fn a_change_without_a_new_version_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    freeze(folder, First::sample);
    for _ in 0..3 {
        check(folder, First::sample).expect("unchanged");
    }
    for changed in [check(folder, Added::sample), check(folder, Swapped::sample)] {
        let sentence = changed.expect_err("changed");
        assert!(sentence.contains("raise `VERSION`"), "{sentence}");
        assert!(sentence.contains("test.account"), "{sentence}");
    }
    check(folder, First::sample).expect("the file is as it was");
}

#[test]
fn an_older_version_stays_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    freeze(folder, First::sample);
    let sentence = check(folder, Forgetful::sample).expect_err("no migration");
    assert!(sentence.contains("version 1"), "{sentence}");
    freeze(folder, Raised::sample);
    check(folder, Raised::sample).expect("unchanged");
    assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 4);
}

#[test]
fn a_version_that_goes_back_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    freeze(folder, First::sample);
    freeze(folder, Raised::sample);
    let sentence = check(folder, First::sample).expect_err("back");
    assert!(sentence.contains("never goes back"), "{sentence}");
    assert!(sentence.contains("version 2"), "{sentence}");
}

#[test]
fn a_file_that_is_gone_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    freeze(folder.path(), First::sample);
    check(folder.path(), First::sample).expect("unchanged");
    std::fs::remove_dir_all(folder.path()).expect("removed");
    freeze(folder.path(), Added::sample);
}

#[test]
fn samples_are_only_added() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let two = || [First::sample(), First::default()];
    frozen::values(folder, &two()[..1]).expect_err("new");
    frozen::values(folder, &two()[..1]).expect("unchanged");
    frozen::values(folder, &two()).expect_err("one more");
    frozen::values(folder, &two()).expect("unchanged");
    frozen::values(folder, &two()[..1]).expect_err("one less");
    frozen::values(folder, &two()[1..]).expect_err("others");
    frozen::values(folder, &two()).expect("the file is as it was");
}
