//! Something fails for a moment: a sector cannot be read, a disk is full, a name is taken. It is
//! replaced by what is kept, or tried again, or reported to the caller. Nothing stays broken.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use common::disk::{Files, disk, files, names, newest};
use common::history::{Progress, count_in, count_of};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::{Call, Probe, full, io};
use common::tasks::Tasks;
use pollster::block_on;
use steadfast_core::{Fate, MemoryBackend, PersistenceError, Result, Store, copy_store, verify};

/// Two snapshots, log behind each.
fn specimen() -> (Files, Progress) {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        for _ in 0..2 {
            for _ in 0..6 {
                progress.commit(&store).await?;
            }
            store.snapshot().await?;
        }
        progress.commit(&store).await?;
        store.close().await
    })
    .expect("a store");
    (files(&disk), progress)
}

/// A disk of which some streams cannot be read.
fn with_bad_sectors(files: &Files, bad: &[&String]) -> Probe {
    let probe = Probe::new(&disk(files), 0);
    let bad: Vec<String> = bad.iter().map(|name| (*name).clone()).collect();
    probe.refuse(move |call| {
        let Call::Read(read) = call else { return None };
        bad.iter()
            .any(|name| name == read.as_str())
            .then(|| io("read", read.as_str()))
    });
    probe
}

fn load(probe: &Probe) -> Result<(Numbers, steadfast_core::RecoveryReport)> {
    block_on(Store::<Numbers, _>::load(probe))
}

#[test]
fn what_cannot_be_read_is_made_good_as_what_is_damaged_is() {
    let (kept, progress) = specimen();
    for folder in ["snapshot", "manifest"] {
        let name = newest(&kept, folder);
        let probe = with_bad_sectors(&kept, &[&name]);
        let (state, report) = load(&probe).unwrap_or_else(|e| panic!("{folder}: {e}"));
        progress.admits(count_in(&state));
        assert_eq!(report.skipped.len(), 1, "{report:?}");
        assert_eq!(report.skipped[0].key.as_str(), name);
        assert!(matches!(
            report.skipped[0].error,
            PersistenceError::Io { .. }
        ));

        // Opened for writing, it is all there too, before and after the sector can be read again.
        let mut progress = progress;
        let store: Store<Numbers, _> =
            block_on(Store::open(probe.clone(), small())).expect("opens");
        progress.admits(count_of(&store));
        block_on(progress.commit(&store)).expect("a commit");
        block_on(store.snapshot()).expect("a snapshot");
        block_on(progress.commit(&store)).expect("a commit");
        drop(store);
        let (state, _) = load(&probe).expect("readable");
        progress.admits(count_in(&state));
        probe.refuse_nothing();
        let (state, _) = load(&probe).expect("readable");
        progress.admits(count_in(&state));
        assert!(block_on(verify(&probe)).expect("checked").is_sound());
    }
}

/// Nothing else gives the same state. Then the failed read is the error, and nothing is changed.
#[test]
fn what_nothing_makes_good_is_the_error() {
    let (kept, progress) = specimen();
    let backup = MemoryBackend::new();
    block_on(copy_store(&disk(&kept), &backup, None)).expect("a copy");
    let mut only = files(&backup);
    // One snapshot without the log that it covers.
    let older = names(&only, "snapshot")[0].clone();
    only.remove(&older);
    for (files, bad) in [
        (&kept, names(&kept, "snapshot")),
        (&only, names(&only, "snapshot")),
        (&kept, names(&kept, "manifest")),
        (&kept, vec![newest(&kept, "wal")]),
    ] {
        let bad: Vec<&String> = bad.iter().collect();
        let probe = with_bad_sectors(files, &bad);
        let read = load(&probe).err();
        let opened = block_on(Store::<Numbers, _>::open(probe.clone(), small())).err();
        for error in [read, opened] {
            assert!(
                matches!(
                    error,
                    Some(PersistenceError::Io { .. } | PersistenceError::Missing { .. })
                ),
                "{bad:?}: {error:?}"
            );
        }
        let checked = block_on(verify(&probe));
        assert!(
            matches!(checked, Err(PersistenceError::Io { .. })),
            "{bad:?}: {checked:?}"
        );
        probe.refuse_nothing();
        assert_eq!(
            common::disk::files(&probe),
            *files,
            "{bad:?}: bytes were changed"
        );
    }
    let (state, _) = block_on(NumberStore::load(&disk(&kept))).expect("readable");
    progress.admits(count_in(&state));
}

/// The newest manifest cannot be read, and the one before it needs something that is gone. The
/// error is the one that may pass.
#[test]
fn an_unreadable_manifest_is_named_before_what_only_an_older_one_misses() {
    let (mut kept, _) = specimen();
    let manifest = newest(&kept, "manifest");
    let segment = newest(&kept, "wal");
    kept.remove(&segment);
    let probe = with_bad_sectors(&kept, &[&manifest]);
    let opened = block_on(Store::<Numbers, _>::open(probe.clone(), small())).err();
    for error in [load(&probe).err(), opened] {
        assert!(
            matches!(error, Some(PersistenceError::Io { .. })),
            "{error:?}"
        );
    }
}

/// Twenty small segments, closed: the next open would merge them.
fn many_segments() -> (MemoryBackend, Progress) {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = NumberStore::open(disk.clone(), small().segment_len(100)).await?;
        for _ in 0..20 {
            progress.commit(&store).await?;
        }
        store.close().await
    })
    .expect("a store");
    (disk, progress)
}

/// Whatever the store wants to save beyond the manifest does not fit.
fn full_for_merges(disk: &MemoryBackend) -> Probe {
    let probe = Probe::new(disk, 0);
    probe.refuse(|call| match call {
        Call::Stage(key) if key.as_str().starts_with("wal/") => Some(full("write", key.as_str())),
        _ => None,
    });
    probe
}

#[test]
fn a_merge_for_which_there_is_no_room_keeps_no_commit_out() {
    let (disk, mut progress) = many_segments();
    let probe = full_for_merges(&disk);
    for _ in 0..3 {
        let store: Store<Numbers, _> =
            block_on(Store::open(probe.clone(), small())).expect("opens");
        progress.admits(count_of(&store));
        assert!(store.status().segments > 20, "nothing to merge");
        block_on(progress.commit(&store)).expect("a commit");
        block_on(store.close()).expect("closed");
    }
    probe.refuse_nothing();
    let store: Store<Numbers, _> = block_on(Store::open(probe, small())).expect("opens");
    progress.admits(count_of(&store));
    assert!(store.status().segments < 5, "merged when there is room");
}

/// What a killed writer left unflushed has to be written once more. Otherwise the manifest would
/// name bytes that the disk may not have. So the store does not open there.
#[test]
fn what_has_to_be_made_durable_is_not_only_tidying() {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    let store = block_on(open_small(disk.clone())).expect("opens");
    block_on(progress.commit(&store)).expect("a commit");
    drop(store);
    let probe = full_for_merges(&disk);
    let opened = block_on(Store::<Numbers, _>::open(probe, small()));
    assert!(matches!(opened, Err(PersistenceError::StorageFull { .. })));
    progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
}

/// On a full disk, garbage of a predecessor takes the space. It is deleted first.
#[test]
fn on_a_full_disk_an_open_makes_room_of_what_nobody_needs() {
    let (disk, mut progress) = many_segments();
    let probe = Probe::new(&disk, 0);
    let store: Store<Numbers, _> = block_on(Store::open(probe.clone(), small())).expect("opens");
    // A snapshot whose garbage is not deleted.
    probe.refuse(|call| matches!(call, Call::Delete(_)).then(|| io("delete", "garbage")));
    for _ in 0..3 {
        block_on(progress.commit(&store)).expect("a commit");
        block_on(store.snapshot()).expect("a snapshot all the same");
    }
    block_on(store.close()).expect("closed");
    let before = files(&disk).len();
    let is_full = Arc::new(AtomicBool::new(true));
    let full_until = Arc::clone(&is_full);
    probe.refuse(move |call| match call {
        Call::Delete(_) => {
            full_until.store(false, Ordering::Relaxed);
            None
        }
        Call::Stage(key) if full_until.load(Ordering::Relaxed) => Some(full("write", key.as_str())),
        _ => None,
    });
    let store: Store<Numbers, _> = block_on(Store::open(probe, small())).expect("opens");
    progress.admits(count_of(&store));
    block_on(progress.commit(&store)).expect("a commit");
    assert!(!is_full.load(Ordering::Relaxed));
    assert!(files(&disk).len() < before);
    drop(store);
    let store = block_on(open_small(disk.restart(Fate::Lost))).expect("opens");
    progress.admits(count_of(&store));
}

/// Deletions that fail are made up for.
#[test]
fn garbage_that_cannot_be_deleted_fails_nothing() {
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 0);
    probe.refuse(|call| matches!(call, Call::Delete(_)).then(|| io("delete", "garbage")));
    let mut progress = Progress::default();
    for _ in 0..4 {
        let store: Store<Numbers, _> =
            block_on(Store::open(probe.clone(), small())).expect("opens");
        block_on(progress.commit(&store)).expect("a commit");
        block_on(store.snapshot()).expect("a snapshot");
        block_on(store.close()).expect("closed");
    }
    assert!(names(&files(&disk), "snapshot").len() > 2);
    probe.refuse_nothing();
    let store: Store<Numbers, _> = block_on(Store::open(probe, small())).expect("opens");
    progress.admits(count_of(&store));
    assert_eq!(names(&files(&disk), "snapshot").len(), 2);
}

/// Snapshots fail for a while, at whatever call; then one is taken, and in the meantime no more
/// than one was tried for each part of the log.
#[test]
fn a_snapshot_that_failed_is_not_the_last() {
    for call_of_snapshot in ["stage", "publish"] {
        let disk = MemoryBackend::new();
        let probe = Probe::new(&disk, 0);
        let options = small().snapshot_after(2000);
        let store: Store<Numbers, _> =
            block_on(Store::open(probe.clone(), options)).expect("opens");
        let attempts = Arc::new(AtomicU32::new(0));
        let told = Arc::new(AtomicU32::new(0));
        let in_the_way = Arc::clone(&attempts);
        let snapshots = Arc::new(AtomicBool::new(false));
        probe.refuse(move |call| {
            // The manifest that is published behind a snapshot names it; the rotation's before it
            // does not.
            let is_it = match (call, call_of_snapshot) {
                (Call::Stage(key), "stage") => key.as_str().starts_with("snapshot/"),
                (Call::Commit(key), _) if key.as_str().starts_with("snapshot/") => {
                    snapshots.store(true, Ordering::Relaxed);
                    false
                }
                (Call::Stage(key), "publish") => {
                    key.as_str().starts_with("manifest/")
                        && snapshots.swap(false, Ordering::Relaxed)
                }
                _ => false,
            };
            is_it.then(|| {
                in_the_way.fetch_add(1, Ordering::Relaxed);
                full("write", "a snapshot")
            })
        });
        let mut tasks = Tasks::new();
        let counted = Arc::clone(&told);
        let maintenance = tasks.add(store.maintain_with(move |error| {
            assert!(
                matches!(error, PersistenceError::StorageFull { .. }),
                "{error}"
            );
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        tasks.step(maintenance);
        let mut progress = Progress::default();
        let mut commit = |tasks: &mut Tasks<'_, Result<()>>| {
            block_on(progress.commit(&store)).expect("commits go on");
            while tasks.step(maintenance) {}
        };
        for _ in 0..300 {
            commit(&mut tasks);
        }
        let status = store.status();
        assert!(status.snapshots.is_empty());
        assert!(matches!(
            status.snapshot_failure,
            Some(PersistenceError::StorageFull { .. })
        ));
        // Each was written twice: plain, then compressed.
        let tried = attempts.load(Ordering::Relaxed) / 2;
        assert_eq!(told.load(Ordering::Relaxed), tried);
        let parts = u32::try_from(status.log_len / 2000).expect("short");
        assert!(
            (4..=parts + 4).contains(&tried),
            "{tried} attempts in {parts} parts"
        );
        assert!(names(&files(&disk), "snapshot").is_empty(), "leftovers");
        // There is room again.
        probe.refuse_nothing();
        let mut commits = 0;
        while store.status().snapshots.is_empty() {
            commit(&mut tasks);
            commits += 1;
            assert!(commits < 100, "none is taken");
        }
        assert!(store.status().snapshot_failure.is_none());
        for _ in 0..100 {
            commit(&mut tasks);
            assert!(!store.snapshot_is_due());
        }
        assert!(!tasks.is_done(maintenance));
        drop(store);
        let ended = tasks.finish();
        assert!(matches!(ended.as_slice(), [Some(Ok(()))]), "{ended:?}");
    }
}

/// Two at once: the second waits for the first, and neither deletes what the other makes.
#[test]
fn one_snapshot_is_written_at_a_time() {
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 1);
    let store: Store<Numbers, _> = block_on(Store::open(probe.clone(), small())).expect("opens");
    let mut progress = Progress::default();
    block_on(progress.commit(&store)).expect("a commit");
    let mut tasks: Tasks<'_, Result<()>> = Tasks::new();
    let snapshot = || {
        let store = store.clone();
        async move { store.snapshot().await.map(drop) }
    };
    let first = tasks.add(snapshot());
    let is_staged =
        |call: &Call| matches!(call, Call::Stage(key) if key.as_str().starts_with("snapshot/"));
    while probe.count(is_staged) == 0 {
        assert!(tasks.step(first), "it came to no snapshot");
    }
    block_on(progress.commit(&store)).expect("a commit");
    let second = tasks.add(snapshot());
    for _ in 0..20 {
        tasks.step(second);
        assert_eq!(probe.count(is_staged), 1, "two at once");
    }
    let ended = tasks.finish();
    assert!(
        ended.iter().all(|said| matches!(said, Some(Ok(())))),
        "{ended:?}"
    );
    assert_eq!(probe.count(is_staged), 2);
}
