//! Waiting for an outcome, and driving the turn that brings it when nobody else does.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Core;
use super::group::Group;
use super::queue::{Abandoned, Seat};
use super::turn::turn;
use super::writer::Writer;
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::maybe_send::BoxFuture;
use crate::state::State;

/// Waits until the group is settled, taking the seat whenever it is free.
pub(super) async fn wait<S: State, B: StorageBackend>(
    shared: &Core<S, B>,
    group: &Arc<Group>,
) -> Result<()> {
    outcome(shared, group).await.map(|_| ())
}

/// [`wait`], with the number of the group's first commit.
pub(super) async fn outcome<S: State, B: StorageBackend>(
    shared: &Core<S, B>,
    group: &Arc<Group>,
) -> Result<Lsn> {
    loop {
        if let Some(outcome) = group.outcome() {
            return outcome.clone();
        }
        if let Some(drive) = sit(shared) {
            drive.await;
            continue;
        }
        let listener = group.event.listen();
        // The seat or the outcome may have come between the looks above and the listening.
        if group.outcome().is_some() || !matches!(shared.queue().seat, Seat::Taken) {
            continue;
        }
        listener.await;
    }
}

/// Takes the seat if it is free.
fn sit<S: State, B: StorageBackend>(shared: &Core<S, B>) -> Option<Drive<S, B>> {
    let mut queue = shared.queue();
    let future: BoxFuture<Box<Writer>> = match std::mem::replace(&mut queue.seat, Seat::Taken) {
        Seat::Taken => return None,
        Seat::Parked(future) => future,
        Seat::Free(writer) => {
            let work = queue.take();
            Box::pin(turn(Arc::clone(shared), writer, work))
        }
    };
    Some(Drive {
        shared: Arc::clone(shared),
        future: Some(future),
        in_poll: false,
    })
}

/// The seat, taken.
struct Drive<S: State, B: StorageBackend> {
    shared: Core<S, B>,
    /// `None` once it is done.
    future: Option<BoxFuture<Box<Writer>>>,
    /// Still set in `drop` only when the turn panicked.
    in_poll: bool,
}

impl<S: State, B: StorageBackend> Future for Drive<S, B> {
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
        let mut queue = drive.shared.queue();
        queue.seat = Seat::Free(writer);
        queue.in_flight.clear();
        queue.wake_successor();
        Poll::Ready(())
    }
}

impl<S: State, B: StorageBackend> Drop for Drive<S, B> {
    fn drop(&mut self) {
        let Some(future) = self.future.take() else {
            return;
        };
        if self.in_poll {
            // A panic in `State::apply`: the turn cannot go on, and the seat stays taken.
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
