//! Somebody left a file among those of a store, at any number. If no writer can have reached that
//! number, the file is not the store's: it uses up no number, is neither read nor deleted, and is
//! reported. What could be lost data stays an error that names it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, key, names, newest, put, reseal};
use common::history::{Progress, count_in, count_of};
use common::numbers::{NumberStore, open_small, small};
use common::probe::Probe;
use pollster::block_on;
use steadfast_core::{
    MemoryBackend, PersistenceError, StorageBackend, Store, StoreOptions, copy_store, inspect,
    status, verify,
};

const FOLDERS: [&str; 3] = ["manifest", "wal", "snapshot"];

/// Numbers that no writer gets to.
const FAR: [u64; 5] = [
    u64::MAX,
    u64::MAX - 1,
    u64::MAX >> 1,
    1 << 63,
    (1 << 32) + 1000,
];

fn specimen() -> (Files, Progress) {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        for _ in 0..5 {
            progress.commit(&store).await?;
        }
        store.snapshot().await?;
        progress.commit(&store).await?;
        store.close().await
    })
    .expect("a store");
    (files(&disk), progress)
}

fn name(folder: &str, number: u64) -> String {
    format!("{folder}/{number:016x}")
}

/// The store is used for a while; the stray file stays as it was.
fn is_of_use(files: &Files, progress: Progress, stray: &str) {
    let bytes = files[stray].clone();
    let disk = disk(files);
    let mut progress = progress;
    for round in 0..3 {
        let store = block_on(open_small(disk.clone())).unwrap_or_else(|e| panic!("{stray}: {e}"));
        progress.admits(count_of(&store));
        block_on(progress.commit(&store)).unwrap_or_else(|e| panic!("{stray}: {e}"));
        if round == 1 {
            block_on(store.snapshot()).unwrap_or_else(|e| panic!("{stray}: {e}"));
            block_on(progress.commit(&store)).unwrap_or_else(|e| panic!("{stray}: {e}"));
        }
        assert!(
            store.recovery().is_clean(),
            "{stray}: {:?}",
            store.recovery()
        );
        block_on(store.close()).unwrap_or_else(|e| panic!("{stray}: {e}"));
        let (state, _) =
            block_on(NumberStore::load(&disk)).unwrap_or_else(|e| panic!("{stray}: {e}"));
        assert_eq!(count_in(&state), progress.acknowledged);
    }
    let report = block_on(verify(&disk)).expect("checked");
    assert!(report.is_sound(), "{stray}: {report:?}");
    assert_eq!(report.foreign, [key(stray)]);
    assert_eq!(
        block_on(status(&disk)).expect("told").lsn.get(),
        u64::from(progress.acknowledged)
    );
    block_on(inspect(&disk)).expect("explained");
    block_on(copy_store(&disk, &MemoryBackend::new(), None)).expect("a copy");
    let after = common::disk::files(&disk);
    assert_eq!(after.get(stray), Some(&bytes), "{stray} was touched");
}

#[test]
fn at_a_number_that_no_writer_gets_to() {
    let (files, progress) = specimen();
    for folder in FOLDERS {
        for number in FAR {
            let stray = name(folder, number);
            for bytes in [vec![], vec![0; 50], b"rubbish ".repeat(60)] {
                let mut files = files.clone();
                files.insert(stray.clone(), bytes);
                is_of_use(&files, progress, &stray);
            }
        }
    }
}

/// The same while the store is open.
#[test]
fn put_there_beside_a_writer() {
    let (files, progress) = specimen();
    for folder in FOLDERS {
        let mut progress = progress;
        let disk = disk(&files);
        let store = block_on(open_small(disk.clone())).expect("opens");
        for number in FAR {
            let stray = key(&name(folder, number));
            block_on(disk.atomic_write(&stray, "rubbish".into())).expect("a stray");
        }
        for _ in 0..5 {
            block_on(progress.commit(&store)).unwrap_or_else(|e| panic!("{folder}: {e}"));
        }
        block_on(store.snapshot()).unwrap_or_else(|e| panic!("{folder}: {e}"));
        block_on(store.close()).unwrap_or_else(|e| panic!("{folder}: {e}"));
    }
}

/// The next names that a writer will want, taken while it is at work: it takes the ones after them.
#[test]
fn the_next_segments_beside_a_writer() {
    let (files, mut progress) = specimen();
    let disk = disk(&files);
    let store = block_on(NumberStore::open(disk.clone(), small().segment_len(100))).expect("opens");
    block_on(progress.commit(&store)).expect("a commit");
    let open = newest(&common::disk::files(&disk), "wal");
    let number = u64::from_str_radix(&open["wal/".len()..], 16).expect("a number");
    for next in number + 1..number + 4 {
        let stray = key(&name("wal", next));
        block_on(disk.atomic_write(&stray, "rubbish".into())).expect("a stray");
    }
    for _ in 0..5 {
        block_on(progress.commit(&store)).expect("a commit");
    }
    drop(store);
    progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
}

/// No longer than a header: what a crash leaves of a segment that was about to begin.
#[test]
fn a_beginning_at_the_next_number() {
    let (files, progress) = specimen();
    for folder in ["wal", "snapshot"] {
        for ahead in [1, 2, 1000, (1 << 32) - 100] {
            for bytes in [vec![], vec![7; 96]] {
                let mut progress = progress;
                let mut files = files.clone();
                files.insert(name(folder, 20 + ahead), bytes);
                let disk = disk(&files);
                for _ in 0..2 {
                    let store = block_on(open_small(disk.clone())).expect("opens");
                    block_on(progress.commit(&store)).expect("a commit");
                    block_on(store.snapshot()).expect("a snapshot");
                    drop(store);
                    let report = block_on(verify(&disk)).expect("checked");
                    assert!(report.is_sound(), "{report:?}");
                }
                progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
            }
        }
    }
}

/// Longer: frames follow only after a manifest names the segment, so the file could be what is left
/// of commits. A segment of this store that no manifest names means that a manifest was lost. A
/// file that is no such segment means nothing.
#[test]
fn more_than_a_beginning_at_a_number_that_a_writer_gets_to_is_passed_over() {
    let (files, progress) = specimen();
    for bytes in [b"rubbish ".repeat(60), vec![0; 4096]] {
        let mut files = files.clone();
        files.insert(name("wal", 40), bytes);
        let disk = disk(&files);
        let mut progress = progress;
        let (state, _) = block_on(NumberStore::load(&disk)).expect("read");
        assert_eq!(count_in(&state), progress.acknowledged);
        for _ in 0..2 {
            let store = block_on(open_small(disk.clone())).expect("opens");
            block_on(progress.commit(&store)).expect("a commit");
            block_on(store.close()).expect("a close");
        }
        progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
    }
}

#[test]
fn more_than_a_beginning_beside_a_damaged_manifest_is_named() {
    let (mut files, _) = specimen();
    let stray = name("wal", 40);
    files.insert(stray.clone(), b"rubbish ".repeat(60));
    let manifest = newest(&files, "manifest");
    files.get_mut(&manifest).expect("there")[20] ^= 1;
    let disk = disk(&files);
    for error in [
        block_on(NumberStore::load(&disk)).err(),
        block_on(open_small(disk.clone())).err(),
    ] {
        assert!(
            matches!(&error, Some(PersistenceError::Corrupt { key, .. }) if key.as_str() == stray),
            "{error:?}"
        );
    }
    assert_eq!(common::disk::files(&disk), files);
}

#[test]
fn a_damaged_manifest_at_a_number_that_a_writer_gets_to_is_passed_over_and_reported() {
    let (files, progress) = specimen();
    for ahead in [1, 5, 1 << 20] {
        let mut files = files.clone();
        let stray = name("manifest", 20 + ahead);
        // An empty one under the very next name may be what is left of the newest.
        let bytes = if ahead == 1 {
            b"rubbish".to_vec()
        } else {
            Vec::new()
        };
        files.insert(stray.clone(), bytes);
        let mut progress = progress;
        let disk = disk(&files);
        let store = block_on(open_small(disk.clone())).expect("opens");
        let skipped = &store.recovery().skipped;
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].key, key(&stray));
        block_on(progress.commit(&store)).expect("a commit");
        drop(store);
        progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
    }
}

#[test]
fn in_an_otherwise_empty_place_nothing_is_made() {
    for number in FAR {
        for folder in FOLDERS {
            let mut only = Files::new();
            only.insert(name(folder, number), vec![1; 200]);
            let disk = disk(&only);
            assert!(block_on(open_small(disk.clone())).is_err());
            assert_eq!(files(&disk), only);
        }
    }
}

/// A manifest that is sound, with numbers at their end: an error, no panic, and no number that is
/// used twice.
#[test]
fn a_sound_manifest_at_the_end_of_the_numbers_is_an_error() {
    let (files, _) = specimen();
    let newest = newest(&files, "manifest");
    // Number, epoch, next object; first of them with the name.
    for (at, number) in [
        (16, u64::MAX),
        (16, u64::MAX >> 1),
        (40, u64::MAX),
        (40, u64::MAX >> 1),
        (48, u64::MAX),
        (48, u64::MAX >> 1),
    ] {
        let mut changed = files.clone();
        for other in names(&files, "manifest") {
            let manifest = changed.remove(&other).expect("a manifest");
            if other == newest {
                let mut manifest = manifest;
                put(&mut manifest, at, &number.to_le_bytes());
                let len = manifest.len();
                reseal(&mut manifest, len - 4);
                let name = if at == 16 {
                    name("manifest", number)
                } else {
                    other
                };
                changed.insert(name, manifest);
            }
        }
        let disk = disk(&changed);
        let opened = block_on(open_small(disk.clone()));
        assert!(
            matches!(opened, Err(PersistenceError::Corrupt { .. })),
            "{at}: {:?}",
            opened.err()
        );
        drop(block_on(verify(&disk)));
        drop(block_on(NumberStore::load(&disk)));
        drop(block_on(copy_store(&disk, &MemoryBackend::new(), None)));
    }
}

/// However long a file is, no more of it is read than it can be long.
#[test]
fn a_long_file_is_not_read_whole() {
    let (files, progress) = specimen();
    const LEN: usize = 24 << 20;
    for folder in ["manifest", "snapshot"] {
        for at in [
            newest(&files, folder),
            name(folder, 60),
            name(folder, u64::MAX),
        ] {
            let mut files = files.clone();
            let bytes = files.entry(at.clone()).or_default();
            bytes.resize(LEN, 0);
            let probe = Probe::new(&disk(&files), 0);
            let loaded = block_on(Store::<common::numbers::Numbers, _>::load(&probe));
            let (state, _) = loaded.unwrap_or_else(|e| panic!("{at}: {e}"));
            assert_eq!(count_in(&state), progress.acknowledged, "{at}");
            let options = StoreOptions::default();
            drop(block_on(Store::<common::numbers::Numbers, _>::open(
                probe.clone(),
                options,
            )));
            drop(block_on(status(&probe)));
            let read = probe.bytes_read();
            assert!(read < 2 << 20, "{at}: {read} bytes read");
        }
    }
}
