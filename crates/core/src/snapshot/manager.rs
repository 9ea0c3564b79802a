//! Saves and loads the snapshots of one store, always through the backend's two phases.

use bytes::Bytes;

use super::compressed::Pieces;
use super::format::{SnapshotHeader, frame_piece, trailer};
use super::reader::SnapshotReader;
use crate::backend::{Precondition, Staged, StorageBackend};
use crate::error::{PersistenceError, Result};
use crate::ids::StoreId;
use crate::key::Key;
use crate::manifest::{SnapshotEntry, check_salt};
use crate::state::{Frozen, State};

/// The length of a piece's header. The buffer that a piece is encoded into has this much free at
/// its front.
const SPARE: usize = 8;

/// Saves whole states of a store and loads them back.
pub(crate) struct SnapshotManager<'b, B> {
    backend: &'b B,
    store: StoreId,
}

impl<'b, B: StorageBackend> SnapshotManager<'b, B> {
    pub(crate) fn new(backend: &'b B, store: StoreId) -> Self {
        Self { backend, store }
    }

    /// Saves a frozen state under a new name, piece by piece. After `Ok` the snapshot is durable,
    /// but nothing refers to it yet.
    pub(crate) async fn save(
        &self,
        key: &Key,
        header: &SnapshotHeader,
        frozen: Box<dyn Frozen>,
        pieces: Pieces,
    ) -> Result<u64> {
        let precondition = Precondition::Absent;
        stream(self.backend, key, header, frozen, precondition, pieces).await
    }

    /// Loads the state that a manifest names.
    ///
    /// # Errors
    /// [`PersistenceError::Missing`], [`PersistenceError::Corrupt`],
    /// [`PersistenceError::NewerFormat`], [`PersistenceError::WrongState`],
    /// [`PersistenceError::Codec`].
    pub(crate) async fn load<S: State>(&self, entry: &SnapshotEntry) -> Result<S> {
        let mut reader = self.open(entry).await?;
        let header = &reader.header;
        check_schema(
            S::NAME,
            S::VERSION,
            &header.state_name,
            header.state_version,
        )?;
        let mut thaw = S::thaw(header.state_version);
        while let Some(piece) = reader.next_piece().await? {
            thaw.piece(&piece).map_err(|e| undecodable(&e))?;
        }
        thaw.finish().map_err(|e| undecodable(&e))
    }

    /// Reads every byte of a snapshot and checks it.
    pub(crate) async fn verify(&self, entry: &SnapshotEntry) -> Result<()> {
        let mut reader = self.open(entry).await?;
        while reader.next_piece().await?.is_some() {}
        Ok(())
    }

    /// Checks that the snapshot is there and that its header matches the manifest.
    pub(crate) async fn check_header(&self, entry: &SnapshotEntry) -> Result<()> {
        self.open(entry).await.map(drop)
    }

    async fn open(&self, entry: &SnapshotEntry) -> Result<SnapshotReader<'b, B>> {
        let key = entry.key();
        let reader = SnapshotReader::open(self.backend, &key)
            .await?
            .ok_or_else(|| {
                let needed_for = format!("it holds the state up to commit {}", entry.lsn);
                PersistenceError::Missing {
                    key: key.clone(),
                    needed_for,
                }
            })?;
        let header = &reader.header;
        if (header.store, header.id, header.lsn) != (self.store, entry.id, entry.lsn) {
            let expected = format!("snapshot {} of store {}", entry.id, self.store);
            let found = format!("snapshot {} of store {}", header.id, header.store);
            return Err(PersistenceError::corrupt(&key, 16, expected, found));
        }
        check_salt(&key, header.salt, Some(entry.salt))?;
        Ok(reader.of_len(entry.len))
    }
}

/// Streams a frozen state through the backend's two phases. Returns its length in bytes.
pub(super) async fn stream<B: StorageBackend>(
    backend: &B,
    key: &Key,
    header: &SnapshotHeader,
    mut frozen: Box<dyn Frozen>,
    precondition: Precondition,
    form: Pieces,
) -> Result<u64> {
    let (head, header_sum) = header.encode()?;
    let mut staged = backend.stage(key).await?;
    let mut len = head.len() as u64;
    staged.write(Bytes::from(head)).await?;
    let (mut pieces, mut total_len) = (0_u64, 0_u64);
    // The buffer of one piece is reused for the next, if the backend has released it: fresh memory
    // has to be mapped page by page.
    let mut room = Vec::new();
    loop {
        let mut piece = std::mem::take(&mut room);
        piece.clear();
        piece.resize(SPARE, 0);
        let more = frozen
            .next_piece(&mut piece)
            .map_err(|e| PersistenceError::Codec {
                action: "encode the snapshot",
                reason: e.to_string(),
            })?;
        if piece.len() > SPARE {
            total_len = total_len.saturating_add(piece.len().saturating_sub(SPARE) as u64);
            let compressed = form.compress(piece.get(SPARE..).unwrap_or_default());
            let is_compressed = compressed.is_some();
            let framed = compressed.unwrap_or(piece);
            len = len.saturating_add(framed.len() as u64);
            let piece = frame_piece(framed, is_compressed, header_sum, pieces)?;
            staged.write(piece.clone()).await?;
            room = piece.try_into_mut().map_or_else(|_| Vec::new(), Vec::from);
            pieces = pieces.saturating_add(1);
        }
        if !more {
            break;
        }
    }
    let end = trailer(header_sum, pieces, total_len);
    len = len.saturating_add(end.len() as u64);
    staged.write(Bytes::from(end)).await?;
    staged.commit(precondition).await?;
    Ok(len)
}

/// Refuses another type of state, and a newer version of the same.
pub(crate) fn check_schema(name: &str, version: u32, found_name: &str, found: u32) -> Result<()> {
    if name == found_name && found <= version {
        return Ok(());
    }
    Err(PersistenceError::WrongState {
        expected: format!("{name} version {version}"),
        found: format!("{found_name} version {found}"),
    })
}

pub(super) fn undecodable(error: &crate::codec::CodecError) -> PersistenceError {
    PersistenceError::Codec {
        action: "decode the snapshot",
        reason: error.to_string(),
    }
}
