//! Commits that share one flush, and those who wait for it.
//!
//! Waiters leave their waker in a list; the outcome is set first, then the wakers are taken out of
//! the list and woken without any lock held. A woken waiter reads the outcome and returns: it takes
//! no lock either. So sixty-four waiters block neither on each other nor on the leader that wakes
//! them.
//!
//! Waiters may share a waker, one that wakes all who wait with it in one call to the system: it is
//! called once. For that each group has a number of its own.

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
            // No order is needed: the numbers only differ.
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            outcome: OnceLock::new(),
            waiting: Mutex::default(),
        }
    }
}

#[derive(Debug, Default)]
struct Waiting {
    /// Empty where the waiter was woken, or is gone.
    wakers: Vec<Option<Waker>>,
    /// Before this place all are empty.
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
        // A second outcome can only be the one that a dropped batch gives to what it has not
        // finished.
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

    /// Differs from that of every other group of this program.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn outcome(&self) -> Option<&Result<Lsn>> {
        self.outcome.get()
    }

    /// Sees to it that `waker` is woken when there is an outcome; `false` where there is one
    /// already.
    pub(super) fn register(&self, place: &mut Place, waker: &Waker) -> bool {
        let mut waiting = self.waiting();
        // The outcome is set before the list is emptied: who does not see it here is in the list by
        // then.
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

    /// Takes a waiter off the list. `true` if it had been woken: for what, it has to hand on.
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

    /// Wakes one who waits, if there is one.
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

    /// Only moves happen under this lock.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
