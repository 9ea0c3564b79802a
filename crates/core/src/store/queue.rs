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

/// Beyond this many encoded bytes in line, submitters wait. One operation always fits.
const PENDING_LEN_MAX: usize = 32 << 20;

/// Of so many committers a turn takes all: what a flush costs is more than what they do meanwhile.
const SMALL_CROWD: usize = 16;

/// Encoded commits, in order.
pub(super) struct Pending<O> {
    pub(super) group: Arc<Group>,
    /// Frames whose place is not known yet.
    pub(super) frames: Vec<u8>,
    pub(super) operations: Vec<O>,
    /// Whether one of those who wait looks again and again whether the line grows.
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

/// Who runs the next turn.
pub(super) enum Seat {
    /// Nobody; here is what a turn needs.
    Free(Box<Writer>),
    /// Nobody, but a turn was begun by a caller that is gone.
    Parked(BoxFuture<Box<Writer>>),
    /// Somebody.
    Taken,
}

/// The line, and the seat.
pub(super) struct Queue<S: State> {
    pub(super) pending: Pending<S::Operation>,
    pub(super) controls: Vec<(Arc<Group>, Control<S>)>,
    pub(super) seat: Seat,
    /// Those who wait for the turn that is under way; for waking somebody to go on with it.
    in_flight: Vec<Arc<Group>>,
    /// How many commits the turn under way has.
    flying: usize,
    /// How many commits the last turn had and left in line: so many committers there are.
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

    /// Puts an encoded operation in line; says in which group, and which one of it.
    pub(super) fn push(&mut self, frame: &Unsealed, operation: S::Operation) -> (Arc<Group>, u64) {
        frame.push_to(&mut self.pending.frames);
        let index = self.pending.operations.len() as u64;
        self.pending.operations.push(operation);
        (Arc::clone(&self.pending.group), index)
    }

    /// Everything in line, for a turn.
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

    /// As many commits in line are worth a turn at once.
    pub(super) fn enough(&self) -> usize {
        self.crowd.min(SMALL_CROWD.max(self.crowd / 2))
    }

    /// The lookout of this group looks no more. Nothing to do where a turn has taken the group.
    pub(super) fn stand_down(&mut self, group: &Group) {
        if std::ptr::eq(Arc::as_ptr(&self.pending.group), group) {
            self.pending.has_lookout = false;
        }
    }

    /// Counts the committers: to be called before the commits of a turn are answered, for then they come again.
    pub(super) fn count_crowd(&mut self) {
        self.crowd = self.flying.saturating_add(self.pending.operations.len());
    }

    /// Frees the seat after a turn.
    pub(super) fn finish(&mut self, writer: Box<Writer>) {
        self.seat = Seat::Free(writer);
        self.in_flight.clear();
        self.wake_successor();
    }

    /// Wakes some of those who can go on: with the turn in flight, or with the next.
    ///
    /// One of every group: whoever is woken may be gone before it is polled, and hands that on to its own group only.
    pub(super) fn wake_successor(&self) {
        let of_controls = self.controls.iter().map(|(group, _)| group);
        let next = of_controls.chain([&self.pending.group]);
        for group in self.in_flight.iter().chain(next) {
            group.wake_one();
        }
    }
}

/// What one turn does: first the commits, then the rest. Whatever it has not settled when it is dropped is
/// settled as unknown.
pub(super) struct Work<S: State> {
    pub(super) commits: Pending<S::Operation>,
    pub(super) controls: Vec<(Arc<Group>, Control<S>)>,
    /// Those of all of it, also of what was taken out of it to be done.
    groups: Vec<Arc<Group>>,
}

impl<S: State> Work<S> {
    /// Gives everything that has no outcome yet this one.
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

/// A turn ended before its work was done.
#[derive(Debug, thiserror::Error)]
#[error("the store was closed, or its state panicked, while a commit was under way")]
pub(super) struct Abandoned;
