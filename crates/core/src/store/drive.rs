//! Waiting for the outcome of a commit, and leading a batch when nobody else does.
//!
//! A batch is what one append and one flush write together. The code calls a batch a *turn*, and
//! its leader the holder of the *seat*.
//!
//! The committers that a batch has answered are about to commit again. A flush that starts without
//! them makes them wait for two flushes. So a waiting committer becomes the leader only when enough
//! commits wait. Enough are as many as were in the last batch or were waiting when it ended. Above
//! sixteen, half of that number is enough, but at least sixteen. Then one half commits while the
//! other half is flushed, and committers that are late by milliseconds, as on a busy machine, still
//! join.
//!
//! A batch that never fills must be written too. So one of the waiting committers, the *lookout*,
//! polls. It becomes the leader when no commit has arrived since its last poll. A program with one
//! committer never waits. If a committer stops, the others wait for one poll.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Core;
use super::callback;
use super::group::{Group, Place};
use super::queue::{Abandoned, Seat};
use super::turn::turn;
use super::writer::Writer;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::maybe_send::BoxFuture;
use crate::state::State;

/// Waits until the group is settled, and leads a batch whenever nobody does.
pub(super) async fn wait<S: State, B: StorageBackend>(
    shared: &Core<S, B>,
    group: &Arc<Group>,
) -> Result<()> {
    outcome(shared, group).await.map(|_| ())
}

/// [`wait`], with the number of the group's first commit.
pub(super) const fn outcome<'a, S: State, B: StorageBackend>(
    shared: &'a Core<S, B>,
    group: &'a Group,
) -> Outcome<'a, S, B> {
    Outcome {
        shared,
        group,
        place: Place::nowhere(),
        lookout: None,
        drive: None,
    }
}

/// The future of a waiting committer.
pub(super) struct Outcome<'a, S: State, B: StorageBackend> {
    shared: &'a Core<S, B>,
    group: &'a Group,
    place: Place,
    /// If this waiter is the lookout: how many commits waited at its last poll.
    lookout: Option<usize>,
    drive: Option<Drive<'a, S, B>>,
}

impl<S: State, B: StorageBackend> Future for Outcome<'_, S, B> {
    type Output = Result<Lsn>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Lsn>> {
        let waiter = &mut *self;
        // Inside a closure of this store, even a batch in flight waits for this very thread.
        if waiter.group.outcome().is_none()
            && let Err(inside) = callback::ensure_can_wait(waiter.shared.address(), "waiting")
        {
            return Poll::Ready(Err(PersistenceError::OutcomeUnknown {
                place: "the commit".into(),
                source: inside.into_source(),
            }));
        }
        loop {
            if let Some(drive) = &mut waiter.drive {
                match Pin::new(drive).poll(context) {
                    Poll::Ready(()) => waiter.drive = None,
                    Poll::Pending => return Poll::Pending,
                }
            }
            if let Some(outcome) = waiter.group.outcome() {
                // The list of wakers was taken when the outcome was set.
                waiter.place = Place::nowhere();
                waiter.lookout = None;
                return Poll::Ready(outcome.clone());
            }
            // Register first, then look for a leader: a leader that ends after that look finds
            // this waiter.
            if !waiter.group.register(&mut waiter.place, context.waker()) {
                continue;
            }
            match waiter.sit() {
                Seating::Drive(drive) => waiter.drive = Some(drive),
                Seating::LookAgain => {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Seating::Wait => return Poll::Pending,
                Seating::Answered => {}
            }
        }
    }
}

/// What a waiter does after it looked for a leader.
enum Seating<'a, S: State, B: StorageBackend> {
    Drive(Drive<'a, S, B>),
    LookAgain,
    Wait,
    /// A batch was finished since the last look at the outcome.
    Answered,
}

impl<'a, S: State, B: StorageBackend> Outcome<'a, S, B> {
    /// Becomes the leader if there is none and enough commits wait.
    fn sit(&mut self) -> Seating<'a, S, B> {
        let mut queue = self.shared.queue();
        let was = self.lookout.take();
        if was.is_some() {
            queue.stand_down(self.group);
        }
        // A group is settled before its leader ends: from here on a group without an outcome
        // waits or is in a batch.
        if self.group.outcome().is_some() {
            return Seating::Answered;
        }
        let in_line = queue.pending.operations.len();
        let is_short = in_line < queue.enough() && queue.controls.is_empty();
        match &queue.seat {
            Seat::Taken => return Seating::Wait,
            Seat::Free(_) if is_short && queue.pending.has_lookout => return Seating::Wait,
            Seat::Free(_) if is_short && was != Some(in_line) => {
                self.lookout = Some(in_line);
                queue.pending.has_lookout = true;
                return Seating::LookAgain;
            }
            Seat::Free(_) | Seat::Parked(_) => {}
        }
        let future: BoxFuture<Box<Writer>> = match std::mem::replace(&mut queue.seat, Seat::Taken) {
            Seat::Taken => return Seating::Wait,
            Seat::Parked(future) => future,
            Seat::Free(writer) => {
                let work = queue.take();
                Box::pin(turn(Arc::clone(self.shared), writer, work))
            }
        };
        Seating::Drive(Drive {
            shared: self.shared,
            future: Some(future),
            in_poll: false,
        })
    }
}

impl<S: State, B: StorageBackend> Drop for Outcome<'_, S, B> {
    fn drop(&mut self) {
        let was_woken = self.group.forget(&mut self.place);
        // Ends the leadership, if it was the leader, and wakes a successor.
        drop(self.drive.take());
        let was_lookout = self.lookout.take().is_some();
        if was_woken || was_lookout {
            let mut queue = self.shared.queue();
            if was_lookout {
                queue.stand_down(self.group);
            }
            if !matches!(queue.seat, Seat::Taken) {
                queue.wake_successor();
            }
        }
    }
}

/// The leader at work.
struct Drive<'a, S: State, B: StorageBackend> {
    shared: &'a Core<S, B>,
    /// `None` once it is done.
    future: Option<BoxFuture<Box<Writer>>>,
    /// Still set in `drop` only when the batch panicked.
    in_poll: bool,
}

impl<S: State, B: StorageBackend> Future for Drive<'_, S, B> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let drive = &mut *self;
        let Some(future) = drive.future.as_mut() else {
            return Poll::Ready(());
        };
        drive.in_poll = true;
        let polled = future.as_mut().poll(context);
        drive.in_poll = false;
        let Poll::Ready(writer) = polled else {
            return Poll::Pending;
        };
        drive.future = None;
        drive.shared.queue().finish(writer);
        Poll::Ready(())
    }
}

impl<S: State, B: StorageBackend> Drop for Drive<'_, S, B> {
    fn drop(&mut self) {
        let Some(future) = self.future.take() else {
            return;
        };
        if self.in_poll {
            // A panic in `State::apply`: the batch cannot go on, and nobody leads later.
            drop(future);
            self.shared.die(PersistenceError::Poisoned {
                cause: Arc::new(Abandoned),
            });
            return;
        }
        let mut queue = self.shared.queue();
        queue.seat = Seat::Parked(future);
        queue.wake_successor();
    }
}
