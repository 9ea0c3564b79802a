//! A save between its two phases.
//!
//! A value that fits into the buffer is written and published in one transaction. A longer value is
//! written in pieces, each in a transaction of its own under a staging mark. Only the last piece is
//! written with the publication. So memory stays bounded, and the rows belong to no key until the
//! head names them.

use std::rc::Rc;

use super::schema::StreamId;
use super::shared::Shared;
use super::write::Value;
use crate::number::len_u64;
use crate::slot::detached;
use crate::task::spawn;
use bytes::Bytes;
use steadfast_core::{Key, Precondition, Result, Staged};

/// How many bytes of a value are held in memory.
const BUFFER_LEN: usize = 4 << 20;

/// A new value of a key that is not published yet: rows that nothing names. Dropping it removes
/// them.
pub struct StagedRows {
    shared: Rc<Shared>,
    key: Key,
    id: StreamId,
    /// How many of its bytes are in staged rows.
    staged: u64,
    buffer: Vec<u8>,
    is_published: bool,
}

impl StagedRows {
    pub(super) fn begin(shared: &Rc<Shared>, key: &Key) -> Self {
        Self {
            shared: Rc::clone(shared),
            key: key.clone(),
            id: shared.next_id(),
            staged: 0,
            buffer: Vec::new(),
            is_published: false,
        }
    }

    async fn put_down(&mut self) -> Result<()> {
        let (shared, key, id) = (Rc::clone(&self.shared), self.key.clone(), self.id);
        let (start, bytes) = (self.staged, std::mem::take(&mut self.buffer));
        // Set before the outcome is known: a drop meanwhile has to remove these rows too.
        self.staged = start.saturating_add(len_u64(bytes.len()));
        detached(async move { shared.stage_rows(&key, id, start, &bytes).await }).await
    }
}

impl std::fmt::Debug for StagedRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StagedRows")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Staged for StagedRows {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        let mut data = &data[..];
        while !data.is_empty() {
            let room = BUFFER_LEN.saturating_sub(self.buffer.len());
            let (fitting, rest) = data.split_at(room.min(data.len()));
            self.buffer.extend_from_slice(fitting);
            data = rest;
            if self.buffer.len() >= BUFFER_LEN {
                self.put_down().await?;
            }
        }
        Ok(())
    }

    async fn commit(mut self, precondition: Precondition) -> Result<()> {
        self.is_published = true;
        let value = Value {
            id: self.id,
            staged: self.staged,
            rest: std::mem::take(&mut self.buffer).into(),
            precondition,
        };
        let (shared, key) = (Rc::clone(&self.shared), self.key.clone());
        shared.publish(&key, value).await
    }
}

impl Drop for StagedRows {
    fn drop(&mut self) {
        if self.is_published || self.staged == 0 {
            return;
        }
        let (shared, id, staged) = (Rc::clone(&self.shared), self.id, self.staged);
        spawn(async move { shared.discard(id, staged).await });
    }
}
