//! One file or directory as it is seen and as it is on the disk, and the changes between the two.

use super::choice::{Chooser, Matter};

/// A change that a crash keeps or loses as one.
pub(super) trait Change: Clone {
    /// What is changed.
    type Whole: Clone + Default;

    /// Whether it changes data or names.
    const MATTER: Matter;

    fn apply(&self, whole: &mut Self::Whole);
}

#[derive(Clone, Debug)]
struct Pending<C> {
    change: C,
    /// A flush of this change failed: the system takes it for clean, and no later flush writes it.
    is_forgotten: bool,
}

/// The visible state, the durable state, and the pending changes.
#[derive(Clone, Debug)]
pub(super) struct Layers<C: Change> {
    visible: C::Whole,
    durable: C::Whole,
    pending: Vec<Pending<C>>,
}

impl<C: Change> Default for Layers<C> {
    fn default() -> Self {
        Self::settled(C::Whole::default())
    }
}

impl<C: Change> Layers<C> {
    /// A state without pending changes.
    pub(super) fn settled(whole: C::Whole) -> Self {
        Self {
            visible: whole.clone(),
            durable: whole,
            pending: Vec::new(),
        }
    }

    pub(super) const fn visible(&self) -> &C::Whole {
        &self.visible
    }

    pub(super) const fn durable(&self) -> &C::Whole {
        &self.durable
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &C> {
        self.pending.iter().map(|pending| &pending.change)
    }

    pub(super) fn change(&mut self, change: C) {
        change.apply(&mut self.visible);
        self.pending.push(Pending {
            change,
            is_forgotten: false,
        });
    }

    /// Flushes all changes, successfully.
    pub(super) fn flush(&mut self) {
        self.flush_those(|_| true);
    }

    /// Flushes the changes that are meant, successfully.
    pub(super) fn flush_those(&mut self, is_meant: impl Fn(&C) -> bool) {
        let durable = &mut self.durable;
        self.pending.retain(|pending| {
            let is_flushed = !pending.is_forgotten && is_meant(&pending.change);
            if is_flushed {
                pending.change.apply(durable);
            }
            !is_flushed
        });
    }

    /// Flushes all changes, and fails.
    pub(super) fn forget(&mut self) {
        for pending in &mut self.pending {
            pending.is_forgotten = true;
        }
    }

    /// What is there after the power came back.
    pub(super) fn survived(&self, chooser: &mut Chooser) -> C::Whole {
        let mut whole = self.durable.clone();
        for pending in &self.pending {
            if chooser.keeps(C::MATTER) {
                pending.change.apply(&mut whole);
            }
        }
        whole
    }

    pub(super) const fn units(&self) -> usize {
        self.pending.len()
    }
}
