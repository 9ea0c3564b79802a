//! One stream that grows: what of it the database has, and what is still to go there.
//!
//! ```text
//! 0            durable            durable + flying           end
//! |  in rows   |  in a transaction |  pending: appended, not synced  |
//! ```
//! An append only adds to what is pending; a sync puts all of it into one transaction, so a group of commits is one row. Syncs of one stream
//! take turns, and whoever waited for a turn finds that the one before has taken its bytes along.

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Result};

use super::schema::StreamId;
use crate::error::poisoned;
use crate::number::len_u64;
use crate::slot::{Receiver, Sender, slot};

/// A stream that was appended to.
pub(super) struct Stream {
    pub(super) id: StreamId,
    /// Whether a head names it.
    pub(super) is_stored: bool,
    /// How much of it the database has.
    pub(super) durable: u64,
    flying: Vec<Bytes>,
    pending: Vec<Bytes>,
    death: Option<PersistenceError>,
    is_syncing: bool,
    waiting: Vec<Sender<()>>,
}

/// What a sync puts down.
pub(super) struct Flight {
    pub(super) id: StreamId,
    pub(super) was_stored: bool,
    pub(super) start: u64,
    pub(super) bytes: Bytes,
}

/// Whether a sync may begin.
pub(super) enum Turn {
    Now(Flight),
    /// There is nothing to do.
    Idle,
    After(Receiver<()>),
}

fn total(parts: &[Bytes]) -> u64 {
    parts
        .iter()
        .fold(0, |sum, part| sum.saturating_add(len_u64(part.len())))
}

impl Stream {
    pub(super) fn created(id: StreamId) -> Self {
        Self::new(id, 0, false)
    }

    pub(super) fn found(id: StreamId, len: u64) -> Self {
        Self::new(id, len, true)
    }

    fn new(id: StreamId, durable: u64, is_stored: bool) -> Self {
        Self {
            id,
            is_stored,
            durable,
            flying: Vec::new(),
            pending: Vec::new(),
            death: None,
            is_syncing: false,
            waiting: Vec::new(),
        }
    }

    fn alive(&self) -> Result<()> {
        self.death
            .as_ref()
            .map_or(Ok(()), |cause| Err(poisoned(cause)))
    }

    pub(super) fn is_dead(&self) -> bool {
        self.death.is_some()
    }

    /// Where it ends, synced or not.
    pub(super) fn end(&self) -> u64 {
        self.durable
            .saturating_add(total(&self.flying))
            .saturating_add(total(&self.pending))
    }

    /// What the database may not have yet, from `durable` on.
    pub(super) fn unsynced(&self) -> Vec<Bytes> {
        self.flying.iter().chain(&self.pending).cloned().collect()
    }

    pub(super) fn pending_len(&self) -> u64 {
        total(&self.pending)
    }

    pub(super) fn append(&mut self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.alive()?;
        let end = self.end();
        if end != position {
            return Err(PersistenceError::Conflict {
                key: key.clone(),
                position,
                end,
            });
        }
        self.pending.push(data);
        Ok(())
    }

    /// Takes the turn to sync, if it is free.
    pub(super) fn begin_sync(&mut self) -> Result<Turn> {
        self.alive()?;
        if self.is_syncing {
            let (sender, turn) = slot();
            self.waiting.push(sender);
            return Ok(Turn::After(turn));
        }
        if self.is_stored && self.pending.is_empty() {
            return Ok(Turn::Idle);
        }
        self.is_syncing = true;
        self.flying = std::mem::take(&mut self.pending);
        Ok(Turn::Now(Flight {
            id: self.id,
            was_stored: self.is_stored,
            start: self.durable,
            bytes: match self.flying.as_slice() {
                [whole] => whole.clone(),
                parts => parts.concat().into(),
            },
        }))
    }

    /// Ends the turn. After a failure the stream is dead, and shows what the database has.
    pub(super) fn end_sync(&mut self, outcome: &Result<()>) {
        match outcome {
            Ok(()) => {
                self.durable = self.durable.saturating_add(total(&self.flying));
                self.is_stored = true;
            }
            Err(cause) => {
                self.pending.clear();
                self.death.get_or_insert_with(|| cause.clone());
            }
        }
        self.flying.clear();
        self.is_syncing = false;
        for waiter in self.waiting.drain(..) {
            waiter.send(());
        }
    }
}
