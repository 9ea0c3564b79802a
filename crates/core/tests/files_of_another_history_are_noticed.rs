//! Two copies of a store have one identity and go on with the same numbers. A file of one in the
//! place of the other's is noticed by every reader, however sound it is: the manifest states which
//! contents each name has.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, names, newest};
use common::numbers::{NumberStore, Numbers, small};
use pollster::block_on;
use steadfast_core::{
    MemoryBackend, PersistenceError, StorageBackend, StoreOptions, copy_store, inspect, status,
    verify,
};

/// A store with a snapshot, closed.
fn common_past() -> Files {
    let disk = MemoryBackend::new();
    block_on(async {
        let store = NumberStore::open(disk.clone(), small()).await?;
        for n in 0..4 {
            store.commit(vec![n]).await?;
        }
        store.snapshot().await?;
        store.commit(vec![4]).await?;
        store.close().await
    })
    .expect("a store");
    files(&disk)
}

/// What becomes of it: as many commits as in every other history, each as long, but with other
/// numbers and salts in them.
fn history(past: &Files, which: u32) -> Files {
    let disk = disk(past);
    for _ in 0..which * 100 {
        disk.unique();
    }
    block_on(async {
        let store = NumberStore::open(disk.clone(), small()).await?;
        for n in 0..4 {
            store.commit(vec![1000 * which + n]).await?;
        }
        store.snapshot().await?;
        for n in 4..8 {
            store.commit(vec![1000 * which + n]).await?;
        }
        store.close().await
    })
    .expect("it goes on");
    files(&disk)
}

fn state(files: &Files) -> Result<Numbers, PersistenceError> {
    block_on(NumberStore::load(&disk(files))).map(|(state, _)| state)
}

#[test]
fn each_file_of_a_copy_in_the_place_of_ones_own() {
    let past = common_past();
    let (ours, theirs) = (history(&past, 1), history(&past, 2));
    assert!(ours.keys().eq(theirs.keys()), "the same numbers");
    let right = state(&ours).expect("sound");
    let mut noticed = 0;
    for (name, bytes) in &theirs {
        if ours[name] == *bytes {
            continue;
        }
        assert_eq!(ours[name].len(), bytes.len(), "{name}: the same lengths");
        let mut mixed = ours.clone();
        mixed.insert(name.clone(), bytes.clone());
        // Read and opened it is what it was, from what is kept beside it, or an error.
        let disk = disk(&mixed);
        match state(&mixed) {
            Ok(found) => assert_eq!(found, right, "{name}"),
            Err(PersistenceError::Corrupt { .. }) => {}
            Err(error) => panic!("{name}: {error}"),
        }
        if let Ok(store) = block_on(NumberStore::open(disk.clone(), small())) {
            assert_eq!(
                store.read(Numbers::clone).expect("readable"),
                right,
                "{name}"
            );
        } else {
            assert_eq!(files(&disk), mixed, "{name}: bytes were changed");
        }
        // And whoever checks is told.
        let disk = common::disk::disk(&mixed);
        let report = block_on(verify(&disk)).expect("checked");
        assert!(!report.is_sound(), "{name} is called sound");
        // A copy is made only of what is right.
        let copy = MemoryBackend::new();
        if block_on(copy_store(&disk, &copy, None)).is_ok() {
            assert_eq!(
                state(&common::disk::files(&copy)).expect("sound"),
                right,
                "{name}"
            );
        }
        noticed += 1;
    }
    assert!(noticed >= 6, "{noticed} files differ");
}

#[test]
fn whoever_explains_a_store_tells_its_own_files_from_those_of_a_copy() {
    let past = common_past();
    let (mut mixed, theirs) = (history(&past, 1), history(&past, 2));
    for folder in ["wal", "snapshot"] {
        let name = newest(&mixed, folder);
        mixed.insert(name.clone(), theirs[&name].clone());
    }
    let strange = block_on(inspect(&disk(&mixed))).expect("explained");
    let strange = strange.iter().filter(|found| found.contents.is_err());
    assert_eq!(strange.count(), 2);
}

#[test]
fn the_open_segment_of_a_copy() {
    let past = common_past();
    let open = |which: u32| {
        let disk = disk(&past);
        for _ in 0..which * 100 {
            disk.unique();
        }
        let store = block_on(NumberStore::open(disk.clone(), StoreOptions::default()));
        block_on(store.expect("opens").commit(vec![which])).expect("a commit");
        files(&disk)
    };
    let (mut mixed, theirs) = (open(1), open(2));
    let name = newest(&mixed, "wal");
    mixed.insert(name.clone(), theirs[&name].clone());
    assert!(matches!(
        state(&mixed),
        Err(PersistenceError::Corrupt { .. })
    ));
    let told = block_on(status(&disk(&mixed)));
    assert!(matches!(told, Err(PersistenceError::Corrupt { .. })));
}

/// Manifests that name nothing but what both have: only the manifest before tells that this one is
/// not its successor.
#[test]
fn the_manifest_of_a_copy_that_was_cut_short_on_purpose() {
    let disk = MemoryBackend::new();
    block_on(async {
        let store = NumberStore::open(disk.clone(), StoreOptions::default()).await?;
        for n in 0..4 {
            store.commit(vec![n]).await?;
        }
        store.close().await
    })
    .expect("a store");
    let ours = files(&disk);
    let earlier = MemoryBackend::new();
    block_on(copy_store(
        &disk,
        &earlier,
        Some(steadfast_core::Lsn::new(2)),
    ))
    .expect("a copy");
    let earlier = files(&earlier);
    let name = newest(&ours, "manifest");
    assert_eq!(newest(&earlier, "manifest"), name);
    let mut mixed = ours;
    mixed.insert(name.clone(), earlier[&name].clone());
    match state(&mixed) {
        Err(PersistenceError::Corrupt { key, .. }) => assert_eq!(key.as_str(), name),
        other => panic!("{other:?}"),
    }
}

/// The newest manifest of the one beside the older ones of the other.
#[test]
fn the_next_manifest_of_a_copy() {
    let past = common_past();
    let (ours, theirs) = (history(&past, 1), history(&past, 2));
    let name = newest(&theirs, "manifest");
    let mut mixed = ours.clone();
    mixed.extend(theirs);
    for older in names(&ours, "manifest") {
        if older != name {
            mixed.insert(older.clone(), ours[&older].clone());
        }
    }
    match state(&mixed) {
        Err(PersistenceError::Corrupt { key, .. }) => assert_eq!(key.as_str(), name),
        other => panic!("{other:?}"),
    }
}
