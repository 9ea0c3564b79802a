//! A save between its two phases: a file that is nobody's yet.

use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Key, Precondition, Result, Staged};

use super::file::File;
use super::shared::Shared;
use crate::error::failed;
use crate::number::len_u64;
use crate::task::spawn;

/// A new value of a key on its way. Dropping it gives its file back.
#[derive(Debug)]
pub struct StagedSlot {
    shared: Rc<Shared>,
    key: Key,
    file: Option<Rc<File>>,
    len: u64,
}

impl StagedSlot {
    pub(super) fn begin(shared: &Rc<Shared>, key: &Key, file: Rc<File>) -> Self {
        Self {
            shared: Rc::clone(shared),
            key: key.clone(),
            file: Some(file),
            len: 0,
        }
    }

    fn put(&mut self, data: &[u8]) -> Result<()> {
        if let Some(file) = &self.file {
            file.put(self.len, data)
                .map_err(|error| failed("save", &self.shared.stream_place(&self.key), &error))?;
            self.len = self.len.saturating_add(len_u64(data.len()));
        }
        Ok(())
    }
}

impl Staged for StagedSlot {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        self.put(&data)
    }

    async fn commit(mut self, precondition: Precondition) -> Result<()> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        let look = self.shared.look();
        let published = self.shared.publish(&self.key, file, precondition);
        if published.is_err() {
            close_long(&self.shared);
        }
        published?;
        self.shared.ensure_present(look).await?;
        self.shared.note_keys().await;
        Ok(())
    }
}

impl Drop for StagedSlot {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            self.shared.abandon(file);
            close_long(&self.shared);
        }
    }
}

/// Closes files that were long and were given back. Nobody waits for it: a save that failed for
/// want of room would otherwise keep the room that it had.
fn close_long(shared: &Rc<Shared>) {
    if shared.has_long() {
        let shared = Rc::clone(shared);
        spawn(async move {
            // Where the store is gone, whoever writes next is told.
            let _ = shared.close_long().await;
        });
    }
}
