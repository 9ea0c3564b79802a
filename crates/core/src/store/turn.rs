//! One batch: the leader writes all waiting commits in one append and one flush.

use std::sync::{Arc, PoisonError};

use super::Core;
use super::callback::Callback;
use super::control::{Control, Published, Slot, Still};
use super::options::Durability;
use super::queue::Work;
use super::writer::Writer;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::panic;
use crate::state::State;

/// Does the work of one batch and returns the writer. A failure ends the store's handle, because a
/// flush is never retried. Only a failure that certainly changed nothing does not end it, such as a
/// full disk when a new segment was to begin.
pub(super) async fn turn<S: State, B: StorageBackend>(
    shared: Core<S, B>,
    mut writer: Box<Writer>,
    mut work: Work<S>,
) -> Box<Writer> {
    if let Err(error) = run(&shared, &mut writer, &mut work).await {
        // First of all, so that a caller that learns of the failure finds the store ended.
        shared.die(error.clone());
        work.commits.group.settle(Err(error));
        // What the batch did not reach was certainly not done.
        if let Err(dead) = shared.alive() {
            work.settle_rest(&Err(dead));
        }
    }
    let due = {
        let mut queue = shared.queue();
        let was_due = queue.status.snapshot_is_due(&shared.options);
        writer.report(&mut queue.status);
        !was_due && queue.status.snapshot_is_due(&shared.options)
    };
    if due {
        shared.housekeeping.notify(usize::MAX);
    }
    writer
}

async fn run<S: State, B: StorageBackend>(
    shared: &Core<S, B>,
    writer: &mut Writer,
    work: &mut Work<S>,
) -> Result<()> {
    shared.alive()?;
    if !work.commits.operations.is_empty() {
        let frames = std::mem::take(&mut work.commits.frames);
        let operations = std::mem::take(&mut work.commits.operations);
        match commit(shared, writer, frames, operations).await {
            Ok(first) => {
                shared.queue().count_crowd();
                work.commits.group.settle(Ok(first));
            }
            Err(error) if writer.take_harmless() => work.commits.group.settle(Err(error)),
            Err(error) => return Err(error),
        }
    }
    for (group, control) in std::mem::take(&mut work.controls) {
        let outcome = obey(shared, writer, control).await;
        match outcome {
            Err(error) if !writer.take_harmless() => {
                shared.die(error.clone());
                group.settle(Err(error.clone()));
                return Err(error);
            }
            outcome => {
                // The caller reads the status next, and the batch may go on for long.
                writer.report(&mut shared.queue().status);
                group.settle(outcome);
            }
        }
    }
    Ok(())
}

/// The state changes only after the frames are as durable as the options ask for.
async fn commit<S: State, B: StorageBackend>(
    shared: &Core<S, B>,
    writer: &mut Writer,
    frames: Vec<u8>,
    operations: Vec<S::Operation>,
) -> Result<Lsn> {
    let first = writer.next_lsn();
    let flush = shared.options.durability == Durability::Durable;
    let limit = shared.options.segment_len;
    writer.append(&shared.backend, frames, flush, limit).await?;
    shared.apply(operations, first)?;
    Ok(first)
}

async fn obey<S: State, B: StorageBackend>(
    shared: &Core<S, B>,
    writer: &mut Writer,
    control: Control<S>,
) -> Result<Lsn> {
    match control {
        Control::Flush => writer.flush(&shared.backend).await?,
        Control::Finish => writer.finish(&shared.backend).await?,
        Control::Freeze(slot) => {
            writer.rotate_unless_empty(&shared.backend).await?;
            let (frozen, lsn) = shared.read(Callback::Freeze, |live| {
                (panic::caught("`freeze`", || live.state.freeze()), live.lsn)
            })?;
            fill(
                &slot,
                Still {
                    frozen,
                    lsn,
                    id: writer.allocate(),
                },
            );
        }
        Control::Publish(kept, slot) => {
            let (newest, previous) = writer.publish_kept(&shared.backend, kept).await?;
            fill(&slot, Published { newest, previous });
        }
        Control::Transact(decide) => {
            if let Some((frame, operation)) =
                shared.read(Callback::Transact, |live| decide(&live.state))?
            {
                return commit(shared, writer, frame.into_bytes(), vec![operation]).await;
            }
        }
    }
    Ok(Lsn::default())
}

fn fill<T>(slot: &Slot<T>, answer: T) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
}

/// Takes the answer that a batch left.
pub(super) fn answer<T>(slot: &Slot<T>) -> Result<T> {
    slot.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
        .ok_or_else(|| PersistenceError::Poisoned {
            cause: Arc::new(super::queue::Abandoned),
        })
}
