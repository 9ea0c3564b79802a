//! A save replaces a value whole: whatever fails, and whenever the power goes, the old value is
//! found until the new one is.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::key;
use pollster::block_on;
use steadfast_core::{
    Fate, MemoryBackend, PersistenceError, Precondition, Result, Staged, StorageBackend, WHOLE,
};

const TORN_SEEDS: u64 = 64;

const OLD: &str = "the old value";

fn new_value() -> Vec<u8> {
    (0..3000_u32).flat_map(u32::to_le_bytes).collect()
}

/// Stage, three writes, commit: seven steps.
async fn save(disk: &MemoryBackend, precondition: Precondition) -> Result<()> {
    let mut staged = disk.stage(&key("settings")).await?;
    for part in new_value().chunks(4000) {
        staged.write(part.to_vec().into()).await?;
    }
    staged.commit(precondition).await
}

fn disk_with_old() -> MemoryBackend {
    let disk = MemoryBackend::new();
    let saved = block_on(disk.atomic_write(&key("settings"), OLD.into()));
    saved.expect("the first save");
    disk.restart(Fate::Lost)
}

fn value(disk: &MemoryBackend) -> Option<Vec<u8>> {
    let read = block_on(disk.read(&key("settings"), WHOLE)).expect("readable");
    read.map(|bytes| bytes.to_vec())
}

fn fates() -> impl Iterator<Item = Fate> {
    [Fate::Lost, Fate::Kept]
        .into_iter()
        .chain((0..TORN_SEEDS).map(Fate::Torn))
}

fn steps_of_a_save() -> u64 {
    let disk = disk_with_old();
    block_on(save(&disk, Precondition::None)).expect("a save");
    disk.steps()
}

/// Checks what is there after a save that ended so.
fn check(disk: &MemoryBackend, old: Option<&[u8]>, outcome: &Result<()>, place: &str) {
    let listed = block_on(disk.list(&steadfast_core::Prefix::ROOT)).expect("a listing");
    let found = value(disk);
    assert_eq!(
        listed.len(),
        usize::from(found.is_some()),
        "{place}: leftovers"
    );
    let new = new_value();
    match outcome {
        Ok(()) => assert_eq!(found.as_deref(), Some(new.as_slice()), "{place}: not new"),
        Err(PersistenceError::OutcomeUnknown { .. }) => assert!(
            found.as_deref() == old || found.as_deref() == Some(new.as_slice()),
            "{place}: neither old nor new"
        ),
        Err(_) => assert_eq!(found.as_deref(), old, "{place}: not old"),
    }
}

#[test]
fn a_crash_at_every_step_leaves_old_or_new() {
    let mut states = 0;
    let mut new_found = 0;
    for step in 1..=steps_of_a_save() {
        for fate in fates() {
            let disk = disk_with_old();
            disk.crash_at(step);
            let outcome = block_on(save(&disk, Precondition::None));
            assert!(outcome.is_err());
            let disk = disk.restart(fate);
            check(
                &disk,
                Some(OLD.as_bytes()),
                &outcome,
                &format!("step {step}, {fate:?}"),
            );
            states += 1;
            new_found += u32::from(value(&disk).as_deref() != Some(OLD.as_bytes()));
            // The next save works.
            block_on(save(&disk, Precondition::None)).expect("another save");
            check(&disk.restart(Fate::Lost), None, &Ok(()), "the next save");
        }
    }
    assert!(
        new_found > 0,
        "a crash after the publication may keep the new value"
    );
    println!("{states} crash states");
}

#[test]
fn a_failure_at_every_step_leaves_old_or_new() {
    for step in 1..=steps_of_a_save() {
        for fate in fates() {
            let disk = disk_with_old();
            disk.fail_at(step);
            let outcome = block_on(save(&disk, Precondition::None));
            assert!(outcome.is_err());
            let place = format!("step {step}, {fate:?}");
            check(&disk, Some(OLD.as_bytes()), &outcome, &place);
            check(&disk.restart(fate), Some(OLD.as_bytes()), &outcome, &place);
        }
    }
}

#[test]
fn ok_means_new_whatever_becomes_of_the_rest() {
    for fate in fates() {
        let disk = disk_with_old();
        let outcome = block_on(save(&disk, Precondition::None));
        check(&disk.restart(fate), None, &outcome, &format!("{fate:?}"));
    }
}

#[test]
fn a_first_save_leaves_nothing_or_all() {
    for step in 1..=steps_of_a_save() {
        for fate in fates() {
            let disk = MemoryBackend::new();
            disk.crash_at(step);
            let outcome = block_on(save(&disk, Precondition::Absent));
            check(
                &disk.restart(fate),
                None,
                &outcome,
                &format!("step {step}, {fate:?}"),
            );
        }
    }
}

#[test]
fn a_taken_name_is_not_replaced() {
    let disk = disk_with_old();
    let outcome = block_on(save(&disk, Precondition::Absent));
    assert!(matches!(
        outcome,
        Err(PersistenceError::AlreadyExists { .. })
    ));
    for fate in fates() {
        check(
            &disk.restart(fate),
            Some(OLD.as_bytes()),
            &outcome,
            &format!("{fate:?}"),
        );
    }
}

#[test]
fn a_dropped_save_is_no_save() {
    let disk = disk_with_old();
    block_on(async {
        let mut staged = disk.stage(&key("settings")).await?;
        staged.write(new_value().into()).await
    })
    .expect("staging");
    assert_eq!(value(&disk).as_deref(), Some(OLD.as_bytes()));
    assert_eq!(
        value(&disk.restart(Fate::Kept)).as_deref(),
        Some(OLD.as_bytes())
    );
}

#[test]
fn of_two_saves_at_once_one_is_whole() {
    let disk = disk_with_old();
    block_on(async {
        let mut first = disk.stage(&key("settings")).await?;
        let mut second = disk.stage(&key("settings")).await?;
        first.write("first".into()).await?;
        second.write("second".into()).await?;
        second.commit(Precondition::None).await?;
        first.commit(Precondition::None).await
    })
    .expect("two saves");
    assert_eq!(
        value(&disk.restart(Fate::Lost)).as_deref(),
        Some(&b"first"[..])
    );
}
