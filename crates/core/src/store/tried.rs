//! A frozen state that is read back while it is written.
//!
//! Once a snapshot is published, the log before it is deleted. So what is written must be readable.
//! Each piece is also given to the state's [`Thaw`], before the backend has the snapshot. That
//! takes the memory of a second state, unless the state declares that its format can always be read
//! back.

use super::callback::{Callback, Running, StoreAddress};
use crate::codec::{CodecError, lost};
use crate::state::{Frozen, State, Thaw};

/// Gives out a frozen state, and checks that it can be read back.
pub(super) struct Tried<S> {
    frozen: Box<dyn Frozen>,
    store: StoreAddress,
    /// `None` once the state was read back, or if it need not be.
    thaw: Option<Box<dyn Thaw<S>>>,
}

impl<S: State> Tried<S> {
    pub(super) fn new(frozen: Box<dyn Frozen>, store: StoreAddress) -> Self {
        Self {
            frozen,
            store,
            thaw: S::TRY_SNAPSHOTS.then(|| S::thaw(S::VERSION)),
        }
    }
}

impl<S: State> Frozen for Tried<S> {
    fn next_piece(&mut self, piece: &mut Vec<u8>) -> Result<bool, CodecError> {
        // A snapshot inside this one would wait for it.
        let _running = Running::enter(self.store, Callback::Snapshot);
        if !S::TRY_SNAPSHOTS {
            return self.frozen.next_piece(piece);
        }
        if let Some(whole) = self.frozen.whole()
            && let Some(thaw) = self.thaw.take()
        {
            thaw.whole(whole).map(drop).map_err(|e| lost(&e))?;
        }
        let start = piece.len();
        let more = self.frozen.next_piece(piece)?;
        if let Some(mut thaw) = self.thaw.take() {
            let given = piece.get(start..).unwrap_or_default();
            if !given.is_empty() {
                thaw.piece(given).map_err(|e| lost(&e))?;
            }
            if more {
                self.thaw = Some(thaw);
            } else {
                thaw.finish().map(drop).map_err(|e| lost(&e))?;
            }
        }
        Ok(more)
    }
}
