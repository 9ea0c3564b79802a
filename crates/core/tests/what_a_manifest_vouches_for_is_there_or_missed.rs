//! A manifest states how far the store reaches. What is recovered reaches as far, or the damage is
//! named. An empty or older store is never shown in the place of a damaged one.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, disk_with, files, names, newest, put, reseal, u32_at};
use common::history::{Progress, count_in};
use common::numbers::{NumberStore, open_small};
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, copy_store, status, verify};

/// A backup of a store that had one snapshot and no commit after it: one snapshot, no segment.
fn one_snapshot() -> Files {
    let (disk, backup) = (MemoryBackend::new(), MemoryBackend::new());
    block_on(async {
        let store = open_small(disk.clone()).await?;
        let mut progress = Progress::default();
        for _ in 0..5 {
            progress.commit(&store).await?;
        }
        store.snapshot().await?;
        store.close().await?;
        copy_store(&disk, &backup, None).await
    })
    .expect("a backup");
    let files = files(&backup);
    assert_eq!(names(&files, "snapshot").len(), 1);
    files
}

/// Nobody sees a store there, and nobody changes a byte.
fn is_missed(files: &Files, what: &str) {
    let damaged = disk(files);
    let read = block_on(NumberStore::load(&damaged)).err();
    let opened = block_on(open_small(damaged.clone())).err();
    let report = block_on(verify(&damaged)).expect("checked");
    assert!(!report.is_sound(), "{what}: called sound");
    for error in [read, opened] {
        assert!(
            matches!(
                error,
                Some(PersistenceError::Corrupt { .. } | PersistenceError::Missing { .. })
            ),
            "{what}: {error:?}"
        );
    }
    assert_eq!(
        common::disk::files(&damaged),
        *files,
        "{what}: bytes were changed"
    );
}

#[test]
fn a_store_of_one_snapshot_is_never_an_empty_one() {
    let files = one_snapshot();
    let name = newest(&files, "snapshot");
    let len = files[&name].len();
    for at in 0..len {
        let mut flipped = files.clone();
        flipped.get_mut(&name).expect("a snapshot")[at] ^= 1;
        is_missed(&flipped, &format!("byte {at}"));
        let mut cut = files.clone();
        cut.get_mut(&name).expect("a snapshot").truncate(at);
        is_missed(&cut, &format!("cut at {at}"));
    }
    let mut without = files;
    without.remove(&name);
    is_missed(&without, "gone");
}

/// Longer or shorter than the manifest says, however sound.
#[test]
fn a_snapshot_of_another_length_is_damage() {
    let files = one_snapshot();
    let name = newest(&files, "manifest");
    let len_at = 78 + 16;
    for by in [-1_i64, 1] {
        let mut other = files.clone();
        let manifest = other.get_mut(&name).expect("a manifest");
        let len = i64::from(u32_at(manifest, len_at)) + by;
        put(manifest, len_at, &len.to_le_bytes());
        let end = manifest.len() - 4;
        reseal(manifest, end);
        is_missed(&other, &format!("{by} byte"));
    }
}

/// The log begins with the first commit, but ends before the snapshot that it would have to
/// replace.
#[test]
fn a_log_that_ends_before_the_snapshot_does_not_replace_it() {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        for _ in 0..6 {
            progress.commit(&store).await?;
        }
        store.snapshot().await?;
        store.close().await
    })
    .expect("a store");
    let mut shorter = files(&disk);
    let (state, _) = block_on(NumberStore::load(&disk)).expect("sound");
    assert_eq!(count_in(&state), 6);
    // The newest manifest no longer names its last segments, of which the last is open and empty.
    let name = newest(&shorter, "manifest");
    let manifest = shorter.get_mut(&name).expect("a manifest");
    let count_at = 78 + 32;
    let count = u32_at(manifest, count_at);
    assert!(count > 3, "{count} segments");
    let kept = count as usize - 2;
    manifest.drain(count_at + 4 + 44 * kept..count_at + 4 + 44 * count as usize);
    put(manifest, count_at, &(count - 2).to_le_bytes());
    let len = u32::try_from(manifest.len()).expect("short");
    put(manifest, 12, &len.to_le_bytes());
    reseal(manifest, len as usize - 4);
    // With the snapshot that is no matter.
    let (state, _) = block_on(NumberStore::load(&common::disk::disk(&shorter))).expect("sound");
    assert_eq!(count_in(&state), 6);
    let snapshot = newest(&shorter, "snapshot");
    shorter.get_mut(&snapshot).expect("a snapshot")[20] ^= 1;
    is_missed(&shorter, "a log that is too short");
}

/// The same with an older snapshot that is sound.
#[test]
fn an_older_snapshot_without_its_log_does_not_replace_the_newer() {
    let disk = MemoryBackend::new();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        let mut progress = Progress::default();
        for _ in 0..2 {
            for _ in 0..6 {
                progress.commit(&store).await?;
            }
            store.snapshot().await?;
        }
        store.close().await
    })
    .expect("a store");
    let mut files = files(&disk);
    let name = newest(&files, "manifest");
    let manifest = files.get_mut(&name).expect("a manifest");
    let count_at = 78 + 2 * 32;
    let count = u32_at(manifest, count_at) as usize;
    manifest.drain(count_at + 4..count_at + 4 + 44 * count);
    put(manifest, count_at, &0_u32.to_le_bytes());
    let len = u32::try_from(manifest.len()).expect("short");
    put(manifest, 12, &len.to_le_bytes());
    reseal(manifest, len as usize - 4);
    let snapshot = newest(&files, "snapshot");
    let damaged = disk_with(&files, |files| {
        files.get_mut(&snapshot).expect("a snapshot")[20] ^= 1;
    });
    let error = block_on(NumberStore::load(&damaged)).err();
    assert!(
        matches!(&error, Some(PersistenceError::Corrupt { key, .. }) if key.as_str() == snapshot),
        "{error:?}"
    );
    let told = block_on(status(&damaged)).err();
    assert!(
        matches!(&told, Some(PersistenceError::Corrupt { key, .. }) if key.as_str() == snapshot),
        "{told:?}"
    );
}
