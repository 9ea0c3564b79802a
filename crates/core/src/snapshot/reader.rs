//! Reading a snapshot back, piece by piece, in bounded memory.

use bytes::Bytes;

use super::compressed::decompress;
use super::format::{
    HEADER_LEN_MAX, Mark, PIECE_HEADER_LEN, SnapshotHeader, TRAILER_LEN, mark, piece_sum,
    trailer_fits,
};
use crate::backend::StorageBackend;
use crate::error::{PersistenceError, Result};
use crate::format::len_u64;
use crate::key::Key;

/// How many bytes are read at a time, at least: many small pieces, or the start of a large one.
const WINDOW_LEN: u64 = 128 << 10;

/// A snapshot being read.
pub(crate) struct SnapshotReader<'b, B> {
    backend: &'b B,
    key: Key,
    pub(crate) header: SnapshotHeader,
    header_sum: u32,
    position: u64,
    pieces: u64,
    total_len: u64,
    window: Bytes,
    /// The length of the snapshot, if it is known.
    len: Option<u64>,
}

impl<'b, B: StorageBackend> SnapshotReader<'b, B> {
    /// Opens the snapshot and checks its header; `None` if the key is absent.
    pub(crate) async fn open(backend: &'b B, key: &Key) -> Result<Option<Self>> {
        let Some(start) = backend.read(key, 0..HEADER_LEN_MAX).await? else {
            return Ok(None);
        };
        let (header, position, header_sum) = SnapshotHeader::decode(key, &start)?;
        Ok(Some(Self {
            backend,
            key: key.clone(),
            header,
            header_sum,
            position,
            pieces: 0,
            total_len: 0,
            window: Bytes::new(),
            len: None,
        }))
    }

    /// The same reader, for a snapshot that must have the length `len`.
    pub(crate) fn of_len(self, len: u64) -> Self {
        let len = Some(len);
        Self { len, ..self }
    }

    /// The next piece; `None` once the trailer has confirmed that there are no more.
    ///
    /// # Errors
    /// [`PersistenceError::Corrupt`] with key and offset.
    pub(crate) async fn next_piece(&mut self) -> Result<Option<Bytes>> {
        let start = self.position;
        let head = self.take(PIECE_HEADER_LEN).await?;
        match mark(&head) {
            None => Err(self.damaged(start, "a piece of a snapshot", "other bytes".into())),
            Some(Mark::Piece { stored, sum }) => {
                let bytes = self.take(u64::from(stored.len)).await?;
                let computed = piece_sum(self.header_sum, self.pieces, stored, &bytes);
                if computed != sum {
                    let expected = format!("checksum {sum:08x}");
                    return Err(self.damaged(start, &expected, format!("{computed:08x}")));
                }
                let piece = if stored.is_compressed {
                    let piece = decompress(&bytes);
                    piece.map_err(|wrong| {
                        self.damaged(start, "a compressed piece of a snapshot", wrong.into())
                    })?
                } else {
                    bytes
                };
                self.pieces = self.pieces.saturating_add(1);
                self.total_len = self.total_len.saturating_add(len_u64(&piece));
                Ok(Some(piece))
            }
            Some(Mark::Trailer { sum }) => {
                let counts = self
                    .take(TRAILER_LEN.saturating_sub(PIECE_HEADER_LEN))
                    .await?;
                if !trailer_fits(&counts, sum, self.header_sum, self.pieces, self.total_len) {
                    return Err(self.damaged(start, "a sound trailer", "another".into()));
                }
                self.nothing_follows().await?;
                Ok(None)
            }
        }
    }

    async fn nothing_follows(&mut self) -> Result<()> {
        self.fill(1).await?;
        if let Some(len) = self.len.filter(|len| *len > self.position) {
            let found = format!("the end of the file at byte {}", self.position);
            return Err(self.damaged(self.position, &format!("{len} bytes"), found));
        }
        if self.window.is_empty() {
            return Ok(());
        }
        Err(self.damaged(
            self.position,
            "the end of the snapshot",
            "more bytes".into(),
        ))
    }

    /// The next `len` bytes.
    async fn take(&mut self, len: u64) -> Result<Bytes> {
        let end = self.position.saturating_add(len);
        if let Some(whole) = self.len.filter(|whole| end > *whole) {
            let found = format!("more than {whole} bytes");
            return Err(self.damaged(whole, "the end of the snapshot", found));
        }
        self.fill(len).await?;
        let there = len_u64(&self.window);
        if there < len {
            let end = self.position.saturating_add(there);
            let found = format!("the end of the file at byte {end}");
            return Err(self.damaged(end, "the rest of the snapshot", found));
        }
        // `there >= len`, and those bytes are in memory, so `len` fits `usize`.
        let taken = self
            .window
            .split_to(usize::try_from(len).unwrap_or(usize::MAX));
        self.position = self.position.saturating_add(len);
        Ok(taken)
    }

    /// Fills the window with at least `len` bytes, or with all that are left.
    async fn fill(&mut self, len: u64) -> Result<()> {
        if len_u64(&self.window) >= len {
            return Ok(());
        }
        // The read includes the header of the next piece, so that a long piece is read in one call.
        // Then the window holds just that header.
        let whole = len.saturating_add(PIECE_HEADER_LEN);
        let end = self.position.saturating_add(whole.max(WINDOW_LEN));
        let read = self.backend.read(&self.key, self.position..end).await?;
        self.window = read.ok_or_else(|| PersistenceError::Missing {
            key: self.key.clone(),
            needed_for: "it went away while it was read".into(),
        })?;
        Ok(())
    }

    fn damaged(&self, at: u64, expected: &str, found: String) -> PersistenceError {
        PersistenceError::corrupt(&self.key, at, expected, found)
    }
}
