//! Commits that share one flush, and the tasks that wait for it.
//!
//! Waiters put their waker into a list. The outcome is set first. Then the wakers are taken from
//! the list and woken without any lock held. A woken waiter reads the outcome and returns, without
//! a lock either. So sixty-four waiters block neither each other nor the leader that wakes them.
//!
//! Waiters may share a waker that wakes all of them in one system call; it is called once. For that
//! each group has a number of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError};
use std::task::Waker;

use crate::error::Result;
use crate::ids::Lsn;
use crate::sync::{Mutex, MutexGuard};

/// The outcome of all commits of one batch, or of one other request.
#[derive(Debug)]
pub(super) struct Group {
    number: u64,
    outcome: OnceLock<Result<Lsn>>,
    waiting: Mutex<Waiting>,
}

impl Default for Group {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            // No memory order is needed: the numbers only have to differ.
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            outcome: OnceLock::new(),
            waiting: Mutex::default(),
        }
    }
}

#[derive(Debug, Default)]
struct Waiting {
    /// `None` if the waiter was woken or is gone.
    wakers: Vec<Option<Waker>>,
    /// All entries before this index are `None`.
    first: usize,
}

/// A waiter's place in the list.
#[derive(Debug)]
pub(super) struct Place(Option<usize>);

impl Place {
    /// Not in the list.
    pub(super) const fn nowhere() -> Self {
        Self(None)
    }
}

impl Group {
    /// Settles the outcome, once, and wakes all who wait. `Ok` carries the number of the group's
    /// first commit.
    pub(super) fn settle(&self, outcome: Result<Lsn>) {
        // A second outcome can only come from a dropped batch, for work that it did not finish.
        let _ = self.outcome.set(outcome);
        let wakers = std::mem::take(&mut self.waiting().wakers);
        let mut called: Option<Waker> = None;
        for waker in wakers.into_iter().flatten() {
            if called.as_ref().is_none_or(|last| !last.will_wake(&waker)) {
                waker.wake_by_ref();
                called = Some(waker);
            }
        }
    }

    /// Differs from the number of every other group of this program.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn outcome(&self) -> Option<&Result<Lsn>> {
        self.outcome.get()
    }

    /// Registers `waker` to be woken at the outcome. Returns `false` if there is an outcome
    /// already.
    pub(super) fn register(&self, place: &mut Place, waker: &Waker) -> bool {
        let mut waiting = self.waiting();
        // The outcome is set before the list is emptied. So a waiter that sees no outcome here is
        // in the list when it is emptied.
        if self.outcome.get().is_some() {
            return false;
        }
        let slot = place.0.and_then(|index| waiting.wakers.get_mut(index));
        match slot {
            Some(Some(known)) => known.clone_from(waker),
            _ => {
                place.0 = Some(waiting.wakers.len());
                waiting.wakers.push(Some(waker.clone()));
            }
        }
        true
    }

    /// Takes a waiter off the list. Returns `true` if it had been woken: then it has to wake
    /// another one.
    pub(super) fn forget(&self, place: &mut Place) -> bool {
        let Some(index) = place.0.take() else {
            return false;
        };
        let mut waiting = self.waiting();
        waiting
            .wakers
            .get_mut(index)
            .is_none_or(|slot| slot.take().is_none())
    }

    /// Wakes one waiter, if there is one.
    pub(super) fn wake_one(&self) {
        let waker = {
            let mut waiting = self.waiting();
            let first = waiting.first;
            let rest = waiting.wakers.iter_mut().enumerate().skip(first);
            let found = rest.into_iter().find_map(|(index, slot)| {
                let waker = slot.take()?;
                Some((index.saturating_add(1), waker))
            });
            waiting.first = found
                .as_ref()
                .map_or(waiting.wakers.len(), |(next, _)| *next);
            found.map(|(_, waker)| waker)
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Nothing but moves happens under this lock.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
