//! What is kept: two snapshots, the log since the older one, and everything that the two newest
//! manifests name. Everything else is deleted by the next open at the latest.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{files, names, newest};
use common::history::{Progress, count_in, count_of};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::Probe;
use common::tasks::Tasks;
use pollster::block_on;
use steadfast_core::{
    Contents, Fate, Lsn, MemoryBackend, ObjectId, Result, Store, StoreOptions, inspect, status,
};

#[test]
fn after_each_snapshot_the_one_before_it_would_do() {
    let disk = MemoryBackend::new();
    let store = block_on(open_small(disk.clone())).expect("opens");
    let mut progress = Progress::default();
    for round in 1..=6 {
        for _ in 0..6 {
            block_on(progress.commit(&store)).expect("a commit");
        }
        let taken = block_on(store.snapshot()).expect("a snapshot");
        assert_eq!(taken.lsn.get(), u64::from(progress.begun));
        let kept = files(&disk);
        // The manifest before this one may name a third.
        assert!(names(&kept, "snapshot").len() <= round.min(3));
        assert_eq!(names(&kept, "manifest").len(), 2);
        let snapshots = store.status().snapshots;
        assert_eq!(snapshots.len(), round.min(2));
        assert_eq!(snapshots.last(), Some(&taken));
        if round >= 2 {
            let older = snapshots[0].lsn;
            assert_eq!(older.get(), u64::from(progress.begun - 6));
            let (_, first_of_log) = *segments_of_newest_manifest(&disk).first().expect("a log");
            assert_eq!(first_of_log, older.next());
        }
        // Without the newest one, nothing is lost.
        let mut without = kept.clone();
        without.remove(&newest(&kept, "snapshot"));
        let (state, report) =
            block_on(NumberStore::load(&common::disk::disk(&without))).expect("readable");
        progress.admits(count_in(&state));
        assert_eq!(report.skipped.len(), 1);
    }
}

/// Their numbers and first commits.
fn segments_of_newest_manifest(disk: &MemoryBackend) -> Vec<(ObjectId, Lsn)> {
    let inspections = block_on(inspect(disk)).expect("readable");
    let manifests = inspections
        .into_iter()
        .filter_map(|inspection| match inspection.contents {
            Ok(Contents::Manifest { segments, .. }) => Some(segments),
            _ => None,
        });
    let newest = manifests.last().expect("a manifest");
    newest
        .into_iter()
        .map(|(id, first, _)| (id, first))
        .collect()
}

#[test]
fn a_snapshot_of_what_was_saved_already_is_the_one_there_is() {
    let disk = MemoryBackend::new();
    let store = block_on(open_small(disk.clone())).expect("opens");
    let mut progress = Progress::default();
    block_on(progress.commit(&store)).expect("a commit");
    let first = block_on(store.snapshot()).expect("a snapshot");
    let kept = files(&disk);
    assert_eq!(block_on(store.snapshot()).expect("the same"), first);
    assert_eq!(files(&disk), kept);
    drop(store);
    let store = block_on(open_small(disk.clone())).expect("opens");
    assert_eq!(block_on(store.snapshot()).expect("the same"), first);
    assert_eq!(names(&files(&disk), "snapshot").len(), 1);
}

#[test]
fn an_empty_state_has_a_snapshot_too() {
    let disk = MemoryBackend::new();
    let store = block_on(open_small(disk.clone())).expect("opens");
    let taken = block_on(store.snapshot()).expect("a snapshot");
    assert_eq!(taken.lsn.get(), 0);
    drop(store);
    let (state, report) = block_on(NumberStore::load(&disk)).expect("readable");
    assert_eq!(state, Numbers::default());
    assert_eq!(report.snapshot.map(|used| used.lsn.get()), Some(0));
}

/// What the two newest manifests name is there, at this moment.
fn named_things_are_there(disk: &MemoryBackend, moment: &str) {
    let inspections = block_on(inspect(disk)).expect("readable");
    let kept = files(disk);
    let there = |folder: &str, id: ObjectId| {
        let name = format!("{folder}/{:016x}", id.get());
        assert!(kept.contains_key(&name), "{moment}: {name} is gone");
    };
    let manifests = inspections.into_iter().filter_map(|inspection| {
        let Ok(Contents::Manifest {
            snapshots,
            segments,
            ..
        }) = inspection.contents
        else {
            return None;
        };
        Some((snapshots, segments))
    });
    for (snapshots, segments) in manifests.collect::<Vec<_>>().iter().rev().take(2) {
        for (id, _) in snapshots {
            there("snapshot", *id);
        }
        for (id, _, _) in segments {
            there("wal", *id);
        }
    }
}

/// Before every single call of the backend, through opens, merges, rotations and snapshots.
#[test]
fn what_the_two_newest_manifests_name_is_there_at_every_moment() {
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 0);
    probe.before_each_call(move |number, call| {
        named_things_are_there(&disk, &format!("call {number}, {call:?}"));
    });
    block_on(async {
        let mut progress = Progress::default();
        for round in 0..5 {
            let options = small().segment_len(if round % 2 == 0 { 100 } else { 1 << 20 });
            let store: Store<Numbers, _> = Store::open(probe.clone(), options).await?;
            for _ in 0..20 {
                progress.commit(&store).await?;
            }
            if round % 3 == 1 {
                store.snapshot().await?;
                progress.commit(&store).await?;
                store.snapshot().await?;
            }
        }
        for _ in 0..20 {
            let store: Store<Numbers, _> =
                Store::open(probe.clone(), StoreOptions::default()).await?;
            progress.commit(&store).await?;
        }
        Result::<_, steadfast_core::PersistenceError>::Ok(())
    })
    .expect("sessions");
    println!("{} moments", probe.calls().len());
}

/// At each step of a snapshot and of the rotation before it: what a crash leaves unnamed is gone
/// after the next open.
#[test]
fn orphans_are_removed_by_the_next_open() {
    let mut orphans = 0;
    for step in 1..=21 {
        let disk = MemoryBackend::new();
        let mut progress = Progress::default();
        let store = block_on(open_small(disk.clone())).expect("opens");
        for _ in 0..2 {
            block_on(progress.commit(&store)).expect("a commit");
        }
        block_on(store.snapshot()).expect("a snapshot");
        block_on(progress.commit(&store)).expect("a commit");
        disk.crash_at(disk.steps() + step);
        // A snapshot whose garbage could not be deleted is one all the same.
        let taken = block_on(store.snapshot());
        assert!(taken.is_err() || step > 14, "step {step}");
        drop(store);
        let disk = disk.restart(Fate::Kept);
        let standing = block_on(status(&disk)).expect("readable");
        let left = files(&disk);
        let snapshots = names(&left, "snapshot").len();
        if snapshots > standing.snapshots.len() {
            orphans += 1;
        }
        let store = block_on(open_small(disk.clone())).expect("opens");
        progress.admits(count_of(&store));
        drop(store);
        // Twice: the second open drops what only the manifest before the first one named.
        drop(block_on(open_small(disk.clone())).expect("opens"));
        let kept = files(&disk);
        let standing = block_on(status(&disk)).expect("readable");
        assert_eq!(
            names(&kept, "snapshot").len(),
            standing.snapshots.len(),
            "step {step}"
        );
        assert_eq!(names(&kept, "manifest").len(), 2);
        // The open segments of the two manifests, both empty, and what holds commits.
        let segments = names(&kept, "wal").len() as u64;
        assert!(segments <= standing.segments + 1, "step {step}: {segments}");
        assert!(
            block_on(steadfast_core::verify(&disk))
                .expect("readable")
                .is_sound()
        );
    }
    assert!(
        orphans > 0,
        "no crash came between a snapshot and its manifest"
    );
}

#[test]
fn a_snapshot_is_due_when_the_log_is_as_long_as_the_last_one() {
    let disk = MemoryBackend::new();
    let options = || small().snapshot_after(500);
    let store = block_on(NumberStore::open(disk.clone(), options())).expect("opens");
    let mut progress = Progress::default();
    assert!(!store.snapshot_is_due());
    let mut until_due = |store: &NumberStore| {
        while !store.snapshot_is_due() {
            block_on(progress.commit(store)).expect("a commit");
        }
        store.status().log_len
    };
    let first = until_due(&store);
    assert!((500..2500).contains(&first), "{first}");
    drop(store);
    let store = block_on(NumberStore::open(disk, options())).expect("opens");
    // The open segment is a finished one now, and its header counts.
    assert_eq!(store.status().log_len, first + 96);
    assert!(store.snapshot_is_due());

    let mut last = block_on(store.snapshot()).expect("a snapshot");
    for _ in 0..3 {
        assert!(!store.snapshot_is_due());
        assert_eq!(store.status().log_len, 0);
        let len = until_due(&store);
        assert!(len >= last.len.max(500), "{len} after {last:?}");
        assert!(len < last.len.max(500) + 2000, "{len} after {last:?}");
        last = block_on(store.snapshot()).expect("a snapshot");
    }
}

/// Another handle appears while the store is being closed. The log keeps its length, and is not
/// doubled.
#[test]
fn closing_does_not_make_the_log_longer() {
    let disk = MemoryBackend::new();
    let store: Store<Numbers, _> =
        block_on(Store::open(Probe::new(&disk, 1), StoreOptions::default())).expect("opens");
    let mut progress = Progress::default();
    for _ in 0..5 {
        block_on(progress.commit(&store)).expect("a commit");
    }
    let len = store.status().log_len;
    let weak = store.downgrade();
    let mut tasks = Tasks::new();
    let closing = tasks.add(store.close());
    tasks.step(closing);
    let other = weak.upgrade().expect("still open");
    tasks.finish();
    assert_eq!(other.status().log_len, len + 96, "the header counts now");
    block_on(progress.commit(&other)).expect("a commit");
    drop(other);
    progress.admits(count_of(&block_on(open_small(disk)).expect("opens")));
}
