//! Everything that a store's newest manifest names is there with its stated length, or `status`
//! reports what is not. That also holds for a closed store, and if an older file would do.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, names, newest};
use common::history::Progress;
use common::numbers::open_small;
use common::pruning::with_a_pruning_writer;
use pollster::block_on;
use steadfast_core::{Lsn, MemoryBackend, PersistenceError, status};

/// Two snapshots and log behind each.
fn written(is_closed: bool) -> Files {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        for _ in 0..3 {
            for _ in 0..6 {
                progress.commit(&store).await?;
            }
            if progress.begun < 18 {
                store.snapshot().await?;
            }
        }
        if is_closed {
            return store.close().await;
        }
        Ok(())
    })
    .expect("a store");
    files(&disk)
}

/// What the newest manifest names: files that are older are left over.
fn named(files: &Files) -> Vec<String> {
    let mut named: Vec<_> = names(files, "snapshot");
    let oldest = block_on(status(&disk(files))).expect("told").segments;
    let segments = names(files, "wal");
    let oldest = usize::try_from(oldest).expect("small");
    named.extend(segments.iter().rev().take(oldest).cloned());
    named.push(newest(files, "manifest"));
    named
}

fn is_told(files: &Files, name: &str, what: &str) {
    match block_on(status(&disk(files))) {
        Err(PersistenceError::Corrupt { key, .. } | PersistenceError::Missing { key, .. }) => {
            assert_eq!(key.as_str(), name, "{what}");
        }
        other => panic!("{name} {what}: {other:?}"),
    }
}

#[test]
fn a_file_that_is_gone_cut_or_of_another_store() {
    let whole = written(true);
    assert_eq!(
        block_on(status(&disk(&whole))).expect("told").lsn,
        Lsn::new(18)
    );
    let named = named(&whole);
    assert!(named.len() >= 5, "{named:?}");
    for name in named {
        if !name.starts_with("manifest") {
            let mut gone = whole.clone();
            gone.remove(&name);
            is_told(&gone, &name, "is gone");
        }
        for len in [0, whole[&name].len() - 1] {
            let mut cut = whole.clone();
            cut.insert(name.clone(), whole[&name][..len].to_vec());
            is_told(&cut, &name, "is cut");
        }
    }
}

/// Of the log the last segment is read whole.
#[test]
fn any_byte_of_the_end_of_a_closed_log() {
    let whole = written(true);
    let last = newest(&whole, "wal");
    for at in 0..whole[&last].len() {
        let mut flipped = whole.clone();
        flipped.get_mut(&last).expect("a segment")[at] ^= 1;
        is_told(&flipped, &last, &format!("flipped at {at}"));
    }
}

/// An older manifest would do to open it.
#[test]
fn a_damaged_manifest() {
    for is_closed in [true, false] {
        let mut files = written(is_closed);
        let newest = newest(&files, "manifest");
        files.get_mut(&newest).expect("a manifest")[30] ^= 1;
        is_told(&files, &newest, "is damaged");
    }
}

/// What a writer removes meanwhile is not missed.
#[test]
fn a_writer_that_prunes_beside_it_is_no_damage() {
    let probe = with_a_pruning_writer(disk(&written(false)));
    block_on(status(&probe)).expect("told");
}
