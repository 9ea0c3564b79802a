//! If no commit is in flight, a failure is reported as what it is. A copy is never "unknown", and a
//! disk that is full after a take-over is not reported as another writer.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::sync::Arc;

use common::disk::{Files, disk, files};
use common::history::{Progress, count_of};
use common::numbers::{Numbers, open_small, small};
use common::probe::{Call, Probe, full};
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, Store, copy_store};

/// Two snapshots and log behind them; the last manifest was published after the last deletion.
fn specimen() -> (Files, Progress) {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    block_on(async {
        let store = open_small(disk.clone()).await?;
        for _ in 0..2 {
            progress.commit(&store).await?;
            progress.commit(&store).await?;
            store.snapshot().await?;
        }
        progress.commit(&store).await?;
        store.close().await
    })
    .expect("a store");
    (files(&disk), progress)
}

/// What a backend says when the flush behind a rename has failed.
fn unknown(call: &Call) -> PersistenceError {
    PersistenceError::OutcomeUnknown {
        place: format!("{call:?}"),
        source: Arc::new(std::io::Error::other("a flush that fails")),
    }
}

#[test]
fn a_copy_is_never_unknown() {
    let (kept, progress) = specimen();
    let source = disk(&kept);
    let mut failures = 0;
    loop {
        let to = MemoryBackend::new();
        let probe = Probe::new(&to, 0);
        let mut left = failures;
        probe.refuse(move |call| {
            let is_change = matches!(call, Call::Commit(_) | Call::Delete(_) | Call::Sync(_));
            let fails = is_change && left == 0;
            left -= i32::from(is_change);
            fails.then(|| unknown(call))
        });
        let Err(error) = block_on(copy_store(&source, &probe, None)) else {
            break;
        };
        assert!(!error.is_outcome_unknown(), "{error}");
        probe.refuse_nothing();
        block_on(copy_store(&source, &probe, None)).expect("finished by doing it again");
        progress.admits(count_of(&block_on(open_small(to)).expect("opens")));
        failures += 1;
    }
    assert!(
        failures >= 4,
        "the marker, the pieces, the manifest, the end of the marker"
    );
}

#[test]
fn a_disk_that_is_full_after_a_take_over_is_no_other_writer() {
    let (kept, progress) = specimen();
    let to = disk(&kept);
    let probe = Probe::new(&to, 0);
    // Only once: a second attempt would get a clear answer.
    let (mut is_published, mut has_failed) = (false, false);
    probe.refuse(move |call| {
        let fails = is_published && !has_failed && *call == Call::List;
        has_failed |= fails;
        is_published = matches!(call, Call::Commit(key) if key.as_str().starts_with("manifest/"));
        fails.then(|| full("list", "the manifests"))
    });
    let opened = block_on(Store::<Numbers, _>::open(probe, small()));
    let error = opened.err().expect("the look at the manifests failed");
    assert!(
        matches!(error, PersistenceError::StorageFull { .. }),
        "{error}"
    );
    progress.admits(count_of(&block_on(open_small(to)).expect("opens again")));
}
