//! The commits and requests that wait for the next batch, which the code calls a turn.

use std::sync::Arc;

use super::control::Control;
use super::group::Group;
use super::status::StoreStatus;
use super::writer::Writer;
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::maybe_send::BoxFuture;
use crate::state::State;
use crate::wal::frame::Unsealed;

/// Submitters wait while more encoded bytes than this are queued. One operation always fits.
const PENDING_LEN_MAX: usize = 32 << 20;

/// Up to this many committers, a leader waits for all of them: a flush costs more than the work
/// they do meanwhile.
const SMALL_CROWD: usize = 16;

/// Encoded commits, in order.
pub(super) struct Pending<O> {
    pub(super) group: Arc<Group>,
    /// Frames whose place in the log is not known yet.
    pub(super) frames: Vec<u8>,
    pub(super) operations: Vec<O>,
    /// Whether one waiting committer polls.
    pub(super) has_lookout: bool,
}

impl<O> Default for Pending<O> {
    fn default() -> Self {
        Self {
            group: Arc::default(),
            frames: Vec::new(),
            operations: Vec::new(),
            has_lookout: false,
        }
    }
}

/// The place of the leader.
pub(super) enum Seat {
    /// There is none; this is what the next leader needs.
    Free(Box<Writer>),
    /// There is none, and the caller that began this batch is gone.
    Parked(BoxFuture<Box<Writer>>),
    /// There is one.
    Taken,
}

/// What waits, and the place of the leader.
pub(super) struct Queue<S: State> {
    pub(super) pending: Pending<S::Operation>,
    pub(super) controls: Vec<(Arc<Group>, Control<S>)>,
    pub(super) seat: Seat,
    /// The groups of the batch in flight, needed to wake a waiter that continues the batch.
    in_flight: Vec<Arc<Group>>,
    /// How many commits the batch in flight has.
    flying: usize,
    /// How many commits the last batch had and left waiting: the number of committers.
    crowd: usize,
    pub(super) status: StoreStatus,
    pub(super) snapshotting: bool,
}

impl<S: State> Queue<S> {
    pub(super) fn new(writer: Box<Writer>, status: StoreStatus) -> Self {
        Self {
            pending: Pending::default(),
            controls: Vec::new(),
            seat: Seat::Free(writer),
            in_flight: Vec::new(),
            flying: 0,
            crowd: 0,
            status,
            snapshotting: false,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.pending.frames.len() < PENDING_LEN_MAX
    }

    pub(super) fn pending_group(&self) -> Arc<Group> {
        Arc::clone(&self.pending.group)
    }

    /// Adds an encoded operation. Returns its group, and its index in that group.
    pub(super) fn push(&mut self, frame: &Unsealed, operation: S::Operation) -> (Arc<Group>, u64) {
        frame.push_to(&mut self.pending.frames);
        let index = self.pending.operations.len() as u64;
        self.pending.operations.push(operation);
        (Arc::clone(&self.pending.group), index)
    }

    /// Everything that waits, for a batch.
    pub(super) fn take(&mut self) -> Work<S> {
        let commits = std::mem::take(&mut self.pending);
        let controls = std::mem::take(&mut self.controls);
        let of_controls = controls.iter().map(|(group, _)| group);
        let groups: Vec<_> = [&commits.group]
            .into_iter()
            .chain(of_controls)
            .map(Arc::clone)
            .collect();
        self.in_flight.clone_from(&groups);
        self.flying = commits.operations.len();
        Work {
            commits,
            controls,
            groups,
        }
    }

    /// The batch size at which a leader starts without waiting for stragglers.
    pub(super) fn enough(&self) -> usize {
        self.crowd.min(SMALL_CROWD.max(self.crowd / 2))
    }

    /// Records that this group's lookout stops polling. Does nothing if a batch already has the
    /// group.
    pub(super) fn stand_down(&mut self, group: &Group) {
        if std::ptr::eq(Arc::as_ptr(&self.pending.group), group) {
            self.pending.has_lookout = false;
        }
    }

    /// Counts the committers. Called before a batch is answered, because its committers then commit
    /// again.
    pub(super) fn count_crowd(&mut self) {
        self.crowd = self.flying.saturating_add(self.pending.operations.len());
    }

    /// Ends the leadership after a batch.
    pub(super) fn finish(&mut self, writer: Box<Writer>) {
        self.seat = Seat::Free(writer);
        self.in_flight.clear();
        self.wake_successor();
    }

    /// Wakes some waiters that can go on, with the batch in flight or with the next one.
    ///
    /// It wakes one of every group: a woken waiter may be dropped before it is polled, and then
    /// wakes only another waiter of its own group.
    pub(super) fn wake_successor(&self) {
        let of_controls = self.controls.iter().map(|(group, _)| group);
        let next = of_controls.chain([&self.pending.group]);
        for group in self.in_flight.iter().chain(next) {
            group.wake_one();
        }
    }
}

/// One batch: first the commits, then the requests. What has no outcome when the batch is dropped
/// gets the outcome "unknown".
pub(super) struct Work<S: State> {
    pub(super) commits: Pending<S::Operation>,
    pub(super) controls: Vec<(Arc<Group>, Control<S>)>,
    /// The groups of the whole batch, including those whose work was already taken out of it.
    groups: Vec<Arc<Group>>,
}

impl<S: State> Work<S> {
    /// Gives this outcome to everything that has none yet.
    pub(super) fn settle_rest(&self, outcome: &Result<Lsn>) {
        for group in &self.groups {
            group.settle(outcome.clone());
        }
    }
}

impl<S: State> Drop for Work<S> {
    fn drop(&mut self) {
        let cause = Arc::new(Abandoned);
        self.settle_rest(&Err(PersistenceError::OutcomeUnknown {
            place: "the commit".into(),
            source: cause,
        }));
    }
}

/// A batch ended before its work was done.
#[derive(Debug, thiserror::Error)]
#[error("the store was closed, or its state panicked, while a commit was under way")]
pub(super) struct Abandoned;
