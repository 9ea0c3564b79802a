//! A copy up to a commit holds exactly the commits up to it: before the first, in the middle of a
//! segment, at the ends of segments and snapshots, after the last. A commit that is no longer kept
//! is an error.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::history::{Progress, count_in, count_of};
use common::numbers::{NumberStore, open_small};
use pollster::block_on;
use steadfast_core::{
    Lsn, MemoryBackend, PersistenceError, StoreOptions, copy_store, status, verify,
};

/// Commits with snapshots after some of them; `ends_well` closes the store.
fn source(segment_len: u64, snapshots: &[u32], commits: u32, ends_well: bool) -> MemoryBackend {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let options = StoreOptions::default().segment_len(segment_len);
        let store = NumberStore::open(disk.clone(), options).await?;
        for n in 1..=commits {
            progress.commit(&store).await?;
            if snapshots.contains(&n) {
                store.snapshot().await?;
            }
        }
        if ends_well {
            store.close().await?;
        }
        Ok::<_, PersistenceError>(())
    })
    .expect("a store");
    disk
}

#[test]
fn every_commit_that_is_kept() {
    for segment_len in [100, 250, 1 << 20] {
        for snapshots in [&[][..], &[5], &[4, 9], &[3, 6, 9], &[12]] {
            for ends_well in [false, true] {
                let source = source(segment_len, snapshots, 12, ends_well);
                // Of three snapshots the older two are gone by the time that the third is there.
                let kept_from = if snapshots.len() < 2 {
                    0
                } else {
                    snapshots[snapshots.len() - 2]
                };
                for until in 0..=13_u32 {
                    let what = format!("{segment_len}, {snapshots:?}, {ends_well}, until {until}");
                    let place = MemoryBackend::new();
                    let copied =
                        block_on(copy_store(&source, &place, Some(Lsn::new(until.into()))));
                    if until < kept_from {
                        assert!(
                            matches!(copied, Err(PersistenceError::NotKept { nearest, .. }) if nearest.get() == u64::from(kept_from)),
                            "{what}: {copied:?}"
                        );
                        continue;
                    }
                    let copied = copied.unwrap_or_else(|e| panic!("{what}: {e}"));
                    let right = until.min(12);
                    assert_eq!(copied.lsn.get(), u64::from(right), "{what}");
                    let (state, report) = block_on(NumberStore::load(&place)).expect("readable");
                    assert_eq!(count_in(&state), right, "{what}");
                    assert!(report.is_clean(), "{what}");
                    assert_eq!(block_on(status(&place)).expect("told").lsn, copied.lsn);
                    assert!(block_on(verify(&place)).expect("checked").is_sound());
                    // And it goes on from there.
                    let store = block_on(open_small(place.clone())).expect("opens");
                    let mut progress = Progress::all(right);
                    block_on(progress.commit(&store)).expect("a commit");
                    drop(store);
                    let store = block_on(open_small(place)).expect("opens again");
                    assert_eq!(count_of(&store), right + 1, "{what}");
                }
            }
        }
    }
}

/// A copy that has one snapshot only keeps nothing before it.
#[test]
fn before_the_only_snapshot_of_a_copy_nothing_is_kept() {
    let copy = MemoryBackend::new();
    block_on(copy_store(&source(200, &[6], 6, true), &copy, None)).expect("a copy");
    for until in 0..6 {
        let copied = block_on(copy_store(
            &copy,
            &MemoryBackend::new(),
            Some(Lsn::new(until)),
        ));
        assert!(
            matches!(copied, Err(PersistenceError::NotKept { .. })),
            "{until}: {copied:?}"
        );
    }
}
