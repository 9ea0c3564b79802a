//! A backup or restore that is cut short at any step is not a store for anybody, and says so.
//! Copying to the same place again finishes it. What is not an unfinished copy is never deleted.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::{Arc, Mutex};

use common::disk::{Files, disk, files, key, names, newest};
use common::history::{Progress, count_in};
use common::numbers::{NumberStore, Numbers, open_small, small};
use common::probe::{Call, Probe, io};
use common::pruning::with_a_pruning_writer;
use pollster::block_on;
use steadfast_core::{
    Fate, Lsn, MemoryBackend, PersistenceError, Result, StorageBackend, Store, copy_store, inspect,
    status, verify,
};

const MARKER: &str = "unfinished-copy";
const COMMITS: u32 = 16;

/// Two snapshots with log behind each, the last segment open.
fn source() -> MemoryBackend {
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
        while progress.begun < COMMITS {
            progress.commit(&store).await?;
        }
        Ok::<_, PersistenceError>(())
    })
    .expect("a store");
    disk
}

fn is_unfinished<T>(result: Result<T>) -> bool {
    matches!(result, Err(PersistenceError::NotAStore { found, .. }) if found.contains("unfinished copy"))
}

/// Nobody takes it for a store, and nobody changes it.
fn is_a_store_for_nobody(place: &MemoryBackend, what: &str) {
    let before = files(place);
    assert!(
        is_unfinished(block_on(NumberStore::load(place))),
        "{what}: loaded"
    );
    assert!(
        is_unfinished(block_on(open_small(place.clone()))),
        "{what}: opened"
    );
    assert!(is_unfinished(block_on(verify(place))), "{what}: verified");
    assert!(is_unfinished(block_on(status(place))), "{what}: told");
    assert!(is_unfinished(block_on(inspect(place))), "{what}: explained");
    let copied = block_on(copy_store(place, &MemoryBackend::new(), None));
    assert!(is_unfinished(copied), "{what}: copied");
    assert_eq!(files(place), before, "{what}: bytes were changed");
}

fn is_whole(place: &MemoryBackend, count: u32, what: &str) {
    let (state, report) =
        block_on(NumberStore::load(place)).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(count_in(&state), count, "{what}");
    assert!(report.is_clean(), "{what}: {report:?}");
    let verified = block_on(verify(place)).expect("checked");
    assert!(
        verified.is_sound() && verified.foreign.is_empty(),
        "{what}: {verified:?}"
    );
}

#[test]
fn the_power_goes_at_every_step_of_it() {
    let source = source();
    let mut unfinished_with_a_manifest = 0;
    for until in [None, Some(Lsn::new(8)), Some(Lsn::new(13))] {
        let count = until.map_or(COMMITS, |lsn| u32::try_from(lsn.get()).expect("small"));
        let whole = MemoryBackend::new();
        block_on(copy_store(&source, &whole, until)).expect("a copy");
        is_whole(&whole, count, "undisturbed");
        for step in 1..=whole.steps() {
            for fails in [false, true] {
                let place = MemoryBackend::new();
                if fails {
                    place.fail_at(step);
                } else {
                    place.crash_at(step);
                }
                assert!(block_on(copy_store(&source, &place, until)).is_err());
                for fate in [Fate::Lost, Fate::Kept, Fate::Torn(1), Fate::Torn(step)] {
                    let what = format!("until {until:?}, step {step}, fails {fails}, {fate:?}");
                    let place = place.restart(fate);
                    let left = files(&place);
                    if left.contains_key(MARKER) {
                        is_a_store_for_nobody(&place, &what);
                        unfinished_with_a_manifest += names(&left, "manifest").len();
                    } else if !left.is_empty() {
                        is_whole(&place, count, &what);
                        continue;
                    }
                    // A second cut on the way, and then nothing.
                    let again = place.restart(Fate::Kept);
                    again.crash_at(step.div_ceil(2));
                    drop(block_on(copy_store(&source, &again, until)));
                    for place in [place, again.restart(Fate::Torn(step))] {
                        let is_finished =
                            !files(&place).contains_key(MARKER) && !files(&place).is_empty();
                        if !is_finished {
                            block_on(copy_store(&source, &place, until))
                                .unwrap_or_else(|e| panic!("{what}: {e}"));
                        }
                        is_whole(&place, count, &what);
                    }
                }
            }
        }
    }
    println!("{unfinished_with_a_manifest} unfinished copies with a manifest");
    assert!(unfinished_with_a_manifest > 10);
}

/// The check at the end finds a damaged copy, and the marker stays.
#[test]
fn what_was_not_checked_is_not_finished() {
    let source = source();
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 0);
    let harmed = disk.clone();
    probe.before_each_call(move |_, call| {
        // When the manifest is there, and before the check reads the rest.
        let Call::Read(read) = call else { return };
        if read.as_str().starts_with("wal/") {
            let name = newest(&files(&harmed), "wal");
            let bytes = b"not what was copied".as_slice();
            block_on(harmed.atomic_write(&key(&name), bytes.into())).expect("harmed");
        }
    });
    let copied = block_on(copy_store(&source, &probe, None));
    assert!(
        matches!(copied, Err(PersistenceError::Corrupt { .. })),
        "{copied:?}"
    );
    is_a_store_for_nobody(&disk, "after the check");
    let mut calls = probe.calls();
    calls.retain(|call| *call == Call::Delete(key(MARKER)));
    assert!(calls.is_empty(), "the marker was deleted");
    block_on(copy_store(&source, &disk, None)).expect("the next copy");
    is_whole(&disk, COMMITS, "again");
}

/// The marker is the last thing that a finished copy removes.
#[test]
fn the_marker_goes_last() {
    let probe = Probe::new(&MemoryBackend::new(), 0);
    block_on(copy_store(&source(), &probe, None)).expect("a copy");
    let calls = probe.calls();
    assert_eq!(calls.last(), Some(&Call::Delete(key(MARKER))));
    let first_stage = calls.iter().find(|call| matches!(call, Call::Stage(_)));
    assert_eq!(first_stage, Some(&Call::Stage(key(MARKER))));
}

fn is_refused(files: &Files, what: &str) {
    let place = disk(files);
    let copied = block_on(copy_store(&source(), &place, None));
    assert!(
        matches!(
            copied,
            Err(PersistenceError::NotAStore { .. } | PersistenceError::AlreadyExists { .. })
        ),
        "{what}: {copied:?}"
    );
    assert_eq!(
        common::disk::files(&place),
        *files,
        "{what}: bytes were changed"
    );
}

#[test]
fn a_place_that_is_taken_is_refused_untouched() {
    let store = files(&source());
    is_refused(&store, "a store");
    let mut one = Files::new();
    one.insert("readme.txt".into(), vec![1]);
    is_refused(&one, "somebody's file");
    one.insert(MARKER.into(), vec![1]);
    is_refused(&one, "somebody's file beside a marker");
    for (name, bytes) in &store {
        let mut one = Files::new();
        one.insert(name.clone(), bytes.clone());
        is_refused(&one, name);
    }
}

/// A marker got beside a store that was written to. The store may be the only copy of its data.
#[test]
fn a_store_that_was_written_is_not_deleted_for_a_marker_beside_it() {
    let mut written = files(&source());
    written.insert(MARKER.into(), vec![1]);
    is_refused(&written, "with an open segment");
    // Just created: a single manifest.
    let disk = MemoryBackend::new();
    let store = block_on(open_small(disk.clone())).expect("opens");
    block_on(store.commit(vec![1])).expect("a commit");
    drop(store);
    let mut young = files(&disk);
    young.retain(|name, _| !name.ends_with('2'));
    young.insert(MARKER.into(), vec![1]);
    is_refused(&young, "just created");
    // Damaged, beside a marker that was made before any manifest was.
    let manifest = newest(&young, "manifest");
    young.insert(manifest, Vec::new());
    young.insert(MARKER.into(), first_marker());
    is_refused(&young, "just created, and damaged");
    // A whole backup, beside the marker of another copy.
    let place = MemoryBackend::new();
    block_on(copy_store(&source(), &place, None)).expect("a copy");
    let mut backup = files(&place);
    let of_another = left_unfinished(Some(Lsn::new(8)))[MARKER].clone();
    for marker in [vec![1], of_another] {
        backup.insert(MARKER.into(), marker);
        is_refused(&backup, "a backup");
    }
}

/// What the marker of a copy says before the copy has a manifest.
fn first_marker() -> Vec<u8> {
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 0);
    let marker = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&marker);
    probe.before_each_call(move |_, call| {
        if matches!(call, Call::Stage(stage) if stage.as_str().starts_with("snapshot/")) {
            *seen.lock().expect("a marker") = files(&disk).remove(MARKER);
        }
    });
    block_on(copy_store(&source(), &probe, None)).expect("a copy");
    let marker = marker.lock().expect("a marker").take();
    marker.expect("it is there before the first snapshot")
}

/// What is left of a copy that was cut short when its manifest was there.
fn left_unfinished(until: Option<Lsn>) -> Files {
    let whole = MemoryBackend::new();
    block_on(copy_store(&source(), &whole, until)).expect("a copy");
    let place = MemoryBackend::new();
    // The last step is the flush of the marker's end.
    place.crash_at(whole.steps());
    assert!(block_on(copy_store(&source(), &place, until)).is_err());
    let left = files(&place.restart(Fate::Lost));
    assert!(!names(&left, "manifest").is_empty());
    left
}

/// A failing disk is most likely to have lost what was written last.
#[test]
fn a_copy_whose_manifest_is_damaged_is_finished_by_the_next() {
    let left = left_unfinished(None);
    let manifest = newest(&left, "manifest");
    let len = left[&manifest].len();
    let cut = |len| left[&manifest][..len].to_vec();
    let flipped = |at: usize| {
        let mut bytes = left[&manifest].clone();
        bytes[at] ^= 1;
        bytes
    };
    for damage in [
        cut(0),
        cut(len - 1),
        flipped(0),
        flipped(len / 2),
        flipped(len - 1),
    ] {
        let mut damaged = left.clone();
        damaged.insert(manifest.clone(), damage);
        let place = disk(&damaged);
        is_a_store_for_nobody(&place, "damaged");
        block_on(copy_store(&source(), &place, None)).expect("finished");
        is_whole(&place, COMMITS, "copied again");
    }
}

/// Whoever follows what the error says keeps the store.
#[test]
fn a_store_beside_a_forgotten_marker_is_told_from_an_unfinished_copy() {
    let place = MemoryBackend::new();
    block_on(copy_store(&source(), &place, None)).expect("a copy");
    let mut backup = files(&place);
    let of_another = left_unfinished(Some(Lsn::new(8)))[MARKER].clone();
    let says_so = |result: Result<()>| {
        let sentence = result.expect_err("it is refused").to_string();
        assert!(
            sentence.contains("remove the marker alone, then run `verify`"),
            "{sentence}"
        );
    };
    for marker in [of_another, Vec::new(), b"somebody's".to_vec()] {
        backup.insert(MARKER.into(), marker);
        let place = disk(&backup);
        says_so(block_on(NumberStore::load(&place)).map(drop));
        says_so(block_on(open_small(place.clone())).map(drop));
        says_so(block_on(copy_store(&source(), &place, None)).map(drop));
        block_on(place.delete(&key(MARKER))).expect("removed");
        is_whole(&place, COMMITS, "without the marker");
    }
}

/// Files that a desktop puts into a viewed folder are not data, and stay.
#[test]
fn what_desktops_leave_is_no_store_and_is_not_deleted() {
    let mut left = Files::new();
    left.insert("desktop.ini".into(), vec![1]);
    left.insert("thumbs.db".into(), vec![2]);
    let place = disk(&left);
    place.crash_at(20);
    assert!(block_on(copy_store(&source(), &place, None)).is_err());
    let place = place.restart(Fate::Kept);
    assert!(files(&place).contains_key(MARKER));
    block_on(copy_store(&source(), &place, None)).expect("finished");
    is_whole(&place, COMMITS, "beside litter");
    for (name, bytes) in &left {
        assert_eq!(files(&place).get(name), Some(bytes), "{name}");
    }
}

/// What a writer removes while it is copied is no longer needed: the copy begins anew.
#[test]
fn a_writer_that_prunes_beside_a_copy_does_not_end_it() {
    let probe = with_a_pruning_writer(source());
    let copy = MemoryBackend::new();
    block_on(copy_store(&probe, &copy, None)).expect("a copy");
    let verified = block_on(verify(&copy)).expect("checked");
    assert!(verified.is_sound(), "{verified:?}");
}

/// The same for a check: what is gone because it is not needed any more is no damage.
#[test]
fn a_writer_that_prunes_beside_a_check_is_no_damage() {
    let probe = with_a_pruning_writer(source());
    let verified = block_on(verify(&probe)).expect("checked");
    assert!(verified.is_sound(), "{verified:?}");
}

/// A source that cannot be read for a moment is not called damaged.
#[test]
fn a_passing_failure_of_the_source_is_no_damage() {
    let probe = Probe::new(&source(), 0);
    let is_wal =
        |call: &Call| matches!(call, Call::Read(read) if read.as_str().starts_with("wal/"));
    probe.refuse(move |call| is_wal(call).then(|| io("read", "a segment")));
    let place = MemoryBackend::new();
    let copied = block_on(copy_store(&probe, &place, None));
    assert!(
        matches!(copied, Err(PersistenceError::Io { .. })),
        "{copied:?}"
    );
    let checked = block_on(verify(&probe));
    assert!(
        matches!(checked, Err(PersistenceError::Io { .. })),
        "{checked:?}"
    );
    is_a_store_for_nobody(&place, "after the failure");
    probe.refuse_nothing();
    block_on(copy_store(&probe, &place, None)).expect("a copy");
    is_whole(&place, COMMITS, "again");
}

#[test]
fn a_finished_copy_is_a_store_as_any() {
    let place = MemoryBackend::new();
    block_on(copy_store(&source(), &place, None)).expect("a copy");
    let store: Store<Numbers, _> = block_on(Store::open(place.clone(), small())).expect("opens");
    block_on(store.commit(vec![1])).expect("a commit");
    block_on(store.close()).expect("closed");
    is_refused(&files(&place), "a copy that is a store");
}
