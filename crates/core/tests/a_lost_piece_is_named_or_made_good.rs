//! A manifest, a segment or a snapshot is missing or damaged. Either something else that was kept
//! gives exactly the same state, and the report says so, or opening names what is gone. The store
//! is never smaller than it was, and an error changes nothing.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, names, newest};
use common::history::{Progress, count_in, count_of};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::{Call, Probe, io};
use pollster::block_on;
use steadfast_core::{
    Lsn, MemoryBackend, PersistenceError, RecoveryReport, Result, SnapshotInfo, Store, StoreOptions,
};

/// Two snapshots, finished segments behind each, an open one with commits. Some manifests.
async fn write(disk: MemoryBackend) -> Result<Progress> {
    let mut progress = Progress::default();
    let store = open_small(disk).await?;
    for _ in 0..2 {
        for _ in 0..8 {
            progress.commit(&store).await?;
        }
        store.snapshot().await?;
    }
    for _ in 0..8 {
        progress.commit(&store).await?;
    }
    Ok(progress)
}

fn specimen() -> (Files, Progress) {
    let disk = MemoryBackend::new();
    let progress = block_on(write(disk.clone())).expect("a store");
    (files(&disk), progress)
}

/// The error that both reading and opening give; neither may change a byte.
fn refused(files: &Files) -> PersistenceError {
    let damaged = disk(files);
    let read = block_on(NumberStore::load(&damaged)).err();
    let opened = block_on(open_small(damaged.clone())).err();
    assert_eq!(common::disk::files(&damaged), *files, "bytes were changed");
    let (read, opened) = (read.expect("reading fails"), opened.expect("opening fails"));
    assert_eq!(read.to_string(), opened.to_string());
    opened
}

/// What recovery says where both reading and opening find everything.
fn made_good(files: &Files, progress: Progress) -> RecoveryReport {
    let damaged = disk(files);
    let (state, report) = block_on(NumberStore::load(&damaged)).expect("readable");
    progress.admits(count_in(&state));
    let store = block_on(open_small(damaged.clone())).expect("opens");
    progress.admits(count_of(&store));
    assert_eq!(store.recovery().skipped.len(), report.skipped.len());
    let mut after = progress;
    block_on(after.commit(&store)).expect("goes on");
    drop(store);
    let store = block_on(open_small(damaged)).expect("opens again");
    after.admits(count_of(&store));
    report
}

fn assert_missing(error: &PersistenceError, name: &str) {
    assert!(
        matches!(error, PersistenceError::Missing { key, .. } if key.as_str() == name),
        "{error}"
    );
}

fn skipped_keys(report: &RecoveryReport) -> Vec<&str> {
    let keys = report.skipped.iter().map(|skipped| skipped.key.as_str());
    keys.collect()
}

fn flip(files: &mut Files, name: &str) {
    let bytes = files.get_mut(name).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
}

#[test]
fn a_missing_segment_is_named() {
    let (files, progress) = specimen();
    let mut needed = 0;
    for name in names(&files, "wal") {
        let mut without = files.clone();
        without.remove(&name);
        // The log before the newest snapshot is kept in case that snapshot is damaged.
        let covered = block_on(NumberStore::load(&disk(&without))).is_ok();
        if covered {
            made_good(&without, progress);
        } else {
            assert_missing(&refused(&without), &name);
            needed += 1;
        }
    }
    assert!(needed >= 3, "{needed} segments are needed");
}

#[test]
fn a_missing_newest_manifest_with_commits_behind_it_is_named() {
    let (files, _) = specimen();
    let name = newest(&files, "manifest");
    let mut without = files;
    without.remove(&name);
    assert_missing(&refused(&without), &name);
}

#[test]
fn a_missing_newest_manifest_with_nothing_behind_it_costs_nothing() {
    let (files, progress) = specimen();
    let disk = disk(&files);
    drop(block_on(open_small(disk.clone())).expect("opens"));
    let mut without = common::disk::files(&disk);
    let name = newest(&without, "manifest");
    without.remove(&name);
    made_good(&without, progress);
}

#[test]
fn without_any_manifest_it_is_still_no_empty_place() {
    let (files, _) = specimen();
    let mut without = files;
    without.retain(|name, _| !name.starts_with("manifest/"));
    assert_missing(&refused(&without), "manifest/0000000000000001");
    // Nor where the log alone or the snapshots alone are left.
    for folder in ["wal/", "snapshot/"] {
        let mut only = without.clone();
        only.retain(|name, _| name.starts_with(folder));
        assert_missing(&refused(&only), "manifest/0000000000000001");
    }
}

#[test]
fn damaged_manifests_only_are_no_empty_place() {
    let (files, _) = specimen();
    let mut damaged = files.clone();
    for name in names(&files, "manifest") {
        flip(&mut damaged, &name);
    }
    let error = refused(&damaged);
    let first = newest(&files, "manifest");
    assert!(
        matches!(&error, PersistenceError::Corrupt { key, .. } if key.as_str() == first),
        "{error}"
    );
}

#[test]
fn a_missing_or_damaged_newest_snapshot_is_made_good_by_the_one_before() {
    let (files, progress) = specimen();
    let name = newest(&files, "snapshot");
    let mut without = files.clone();
    without.remove(&name);
    assert_eq!(skipped_keys(&made_good(&without, progress)), [&name]);
    let mut damaged = files;
    flip(&mut damaged, &name);
    assert_eq!(skipped_keys(&made_good(&damaged, progress)), [&name]);
}

#[test]
fn without_a_sound_snapshot_the_newest_is_named() {
    let (files, _) = specimen();
    let mut damaged = files.clone();
    for name in names(&files, "snapshot") {
        flip(&mut damaged, &name);
    }
    let error = refused(&damaged);
    let first = newest(&files, "snapshot");
    assert!(
        matches!(&error, PersistenceError::Corrupt { key, .. } if key.as_str() == first),
        "{error}"
    );
    let mut without = files;
    without.retain(|name, _| !name.starts_with("snapshot/"));
    assert_missing(&refused(&without), &first);
}

#[test]
fn the_first_snapshot_is_made_good_by_the_whole_log() {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        progress.commit(&store).await?;
        store.snapshot().await?;
        progress.commit(&store).await
    })
    .expect("a store");
    let mut damaged = files(&disk);
    let name = newest(&damaged, "snapshot");
    flip(&mut damaged, &name);
    assert_eq!(skipped_keys(&made_good(&damaged, progress)), [&name]);
}

/// A snapshot that recovery had to pass over must not count as one of the two that are kept, nor be
/// the answer to the next request for one.
#[test]
fn a_damaged_snapshot_is_replaced_by_the_next() {
    let (files, mut progress) = specimen();
    let name = newest(&files, "snapshot");
    let mut damaged = files;
    flip(&mut damaged, &name);
    // Nothing was committed since the damaged one: it ends at the last commit.
    let store = {
        let disk = disk(&damaged);
        let store = block_on(NumberStore::open(disk, small())).expect("opens");
        assert_eq!(skipped_keys(store.recovery()), [&name]);
        store
    };
    let taken = block_on(store.snapshot()).expect("a snapshot");
    assert_eq!(taken.lsn, Lsn::new(u64::from(progress.begun)));
    block_on(progress.commit(&store)).expect("a commit");
    let disk = store.backend().clone();
    drop(store);

    // The new one is damaged as well: the sound one before it and the log behind that are still
    // there.
    let mut damaged = common::disk::files(&disk);
    let second = newest(&damaged, "snapshot");
    assert_ne!(second, name);
    flip(&mut damaged, &second);
    assert_eq!(skipped_keys(&made_good(&damaged, progress)), [&second]);
}

#[test]
fn the_answer_to_a_request_for_a_snapshot_is_never_a_damaged_one() {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    let first: SnapshotInfo = block_on(async {
        let store = open_small(disk.clone()).await?;
        progress.commit(&store).await?;
        store.snapshot().await
    })
    .expect("a store");
    let mut damaged = files(&disk);
    let name = newest(&damaged, "snapshot");
    flip(&mut damaged, &name);
    let disk = common::disk::disk(&damaged);
    let store = block_on(open_small(disk.clone())).expect("opens");
    let second = block_on(store.snapshot()).expect("a snapshot");
    assert_eq!(second.lsn, first.lsn);
    drop(store);
    let (state, report) = block_on(NumberStore::load(&disk)).expect("readable");
    progress.admits(count_in(&state));
    assert!(report.is_clean(), "{report:?}");
}

/// The newest manifest is damaged again and again, and each time the store opens from the one
/// before.
#[test]
fn manifest_after_manifest_may_be_damaged() {
    let (mut damaged, mut progress) = specimen();
    for options in [small(), StoreOptions::default(), small(), small()] {
        let name = newest(&damaged, "manifest");
        flip(&mut damaged, &name);
        let disk = disk(&damaged);
        let store = block_on(NumberStore::open(disk.clone(), options)).expect("opens");
        progress.admits(count_of(&store));
        assert_eq!(skipped_keys(store.recovery()).first(), Some(&name.as_str()));
        block_on(progress.commit(&store)).expect("a commit");
        damaged = files(&disk);
    }
}

/// A store of two sessions, with a commit in each; the first has closed the store, or was killed.
fn two_sessions(is_closed: bool) -> (Files, Progress) {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        progress.commit(&store).await?;
        if is_closed {
            store.close().await?;
        } else {
            drop(store);
        }
        let store = open_small(disk.clone()).await?;
        progress.commit(&store).await
    })
    .expect("a store");
    (files(&disk), progress)
}

/// A copy onto a full disk leaves its youngest files empty: the manifest of the last session and
/// the segment that it names. The manifest before was that of a closed store.
#[test]
fn a_damaged_manifest_whose_segment_is_gone_too_is_not_passed_over() {
    let (whole, progress) = two_sessions(true);
    let (manifest, segment) = (newest(&whole, "manifest"), newest(&whole, "wal"));
    let cut = |len: usize| whole[&manifest][..len].to_vec();
    let mut flipped = whole[&manifest].clone();
    flipped[30] ^= 1;
    // The first eight bytes are the mark of a manifest.
    let damages = [
        cut(0),
        cut(1),
        cut(7),
        cut(8),
        cut(100),
        vec![0; 100],
        flipped,
    ];
    for damage in damages {
        for segment_left in [None, Some(Vec::new()), Some(whole[&segment][..50].to_vec())] {
            let mut files = whole.clone();
            files.insert(manifest.clone(), damage.clone());
            match segment_left {
                Some(bytes) => files.insert(segment.clone(), bytes),
                None => files.remove(&segment),
            };
            let error = refused(&files);
            assert!(
                matches!(&error, PersistenceError::Corrupt { key, .. } if key.as_str() == manifest),
                "{error}"
            );
        }
        // One of the two alone is made good.
        let mut files = whole.clone();
        files.insert(manifest.clone(), damage);
        made_good(&files, progress);
    }
}

/// The same behind a session that ended with a snapshot: its last segment is empty.
#[test]
fn the_end_of_a_session_without_commits_at_its_end_is_put_on_record_too() {
    for has_snapshot in [true, false] {
        let disk = MemoryBackend::new();
        let mut progress = Progress::default();
        block_on(async {
            let store = open_small(disk.clone()).await?;
            progress.commit(&store).await?;
            if has_snapshot {
                store.snapshot().await?;
            } else {
                store.close().await?;
                // A session that does nothing.
                let store = open_small(disk.clone()).await?;
                return store.close().await;
            }
            store.close().await
        })
        .expect("a store");
        made_good(&files(&disk), progress);
        block_on(async {
            let store = open_small(disk.clone()).await?;
            progress.commit(&store).await
        })
        .expect("a commit");
        let mut files = files(&disk);
        let (manifest, segment) = (newest(&files, "manifest"), newest(&files, "wal"));
        files.insert(manifest.clone(), Vec::new());
        made_good(&files, progress);
        files.remove(&segment);
        let error = refused(&files);
        assert!(
            matches!(&error, PersistenceError::Corrupt { key, .. } if key.as_str() == manifest),
            "{error}"
        );
    }
}

/// What a power cut leaves of a segment whose manifest was not made yet: its length, and zeros.
#[test]
fn a_torn_beginning_beside_a_damaged_manifest_costs_nothing() {
    for is_closed in [true, false] {
        let (whole, progress) = two_sessions(is_closed);
        let (manifest, segment) = (newest(&whole, "manifest"), newest(&whole, "wal"));
        let number = segment.split_once('/').expect("a folder").1;
        let next = u64::from_str_radix(number, 16).expect("a number") + 1;
        for len in [0, 50, 96] {
            let mut files = whole.clone();
            flip(&mut files, &manifest);
            files.insert(format!("wal/{next:016x}"), vec![0; len]);
            let report = made_good(&files, progress);
            assert_eq!(skipped_keys(&report), [&*manifest]);
        }
    }
}

/// What no manifest can name is not read. So it keeps nobody out if it cannot be read.
#[test]
fn a_beginning_that_cannot_be_read_keeps_nobody_out() {
    let (mut files, progress) = two_sessions(true);
    let beginning = "wal/00000000000000ff";
    files.insert(beginning.into(), vec![0; 96]);
    let probe = Probe::new(&disk(&files), 0);
    probe.refuse(move |call| {
        let is_it = matches!(call, Call::Read(read) if read.as_str() == beginning);
        is_it.then(|| io("read", beginning))
    });
    let (state, _) = block_on(Store::<Numbers, _>::load(&probe)).expect("readable");
    progress.admits(count_in(&state));
}
