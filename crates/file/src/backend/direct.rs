//! Appends past the system's cache, durable when they return, into room that was written ahead.
//!
//! ```text
//! units      │0            │512          │1024         │
//! stored     │aaaaaaaaaaaaa│bbb··········│·············│··   · zeros
//! append of        ccccccccccccccc at 515
//! is written        │bbbcccccccccc│ccccc········│   from the border before it to the one behind
//! ```
//! The disk takes whole units only, so an append begins with bytes that are there already: the end
//! of the one before. They are kept in memory, and read once from the file where they are not. That
//! acknowledged bytes are written again leans on the disk in the same way as a page that is written
//! again: a unit is the disk's own sector, and `docs/crash-model.md` tells what is left if it
//! fails.
//!
//! Whoever writes must be the only one: what somebody else puts into the same unit meanwhile would
//! be lost.

use std::io;

use crate::simulation::File;

/// Longer appends go through the cache, so that no copy of them is made.
const LEN_MAX: usize = 256 << 10;

/// A handle for direct writes, and what it has to know of the file.
#[derive(Debug)]
pub(super) struct Direct<H> {
    handle: H,
    unit: usize,
    /// The bytes from the last border to the end of the last direct write, and where that is.
    tail: (Vec<u8>, u64),
    block: Vec<u8>,
}

impl<H: File> Direct<H> {
    /// `None` where there is no such way to this file.
    pub(super) fn of(file: &H) -> Option<Self> {
        let (handle, unit) = file.open_direct()?;
        Some(Self {
            handle,
            unit,
            tail: (Vec::new(), 0),
            block: Vec::new(),
        })
    }

    /// Whether an append of `len` bytes that ends at `end` stays in the room, which goes to `room`,
    /// with the whole of its last unit.
    pub(super) fn takes(&self, len: usize, end: u64, room: u64) -> bool {
        let border = end.checked_next_multiple_of(self.unit as u64);
        (1..=LEN_MAX).contains(&len) && border.is_some_and(|border| border <= room)
    }

    /// Sees to it that the bytes before `position` are known. Where that fails nothing was written,
    /// and the append can go through the cache.
    pub(super) fn prepare(&mut self, file: &H, position: u64) -> io::Result<()> {
        let before = usize::try_from(position.checked_rem(self.unit as u64).unwrap_or(0))
            .map_err(|_| io::ErrorKind::InvalidInput)?;
        let (tail, known) = &mut self.tail;
        if *known != position || tail.len() != before {
            tail.clear();
            tail.resize(before, 0);
            read_exact_at(file, tail, position.saturating_sub(before as u64))?;
            *known = position;
        }
        Ok(())
    }

    /// Writes `data` at the position that this was prepared for, durably. Where it fails, what was
    /// in its first unit may be gone too.
    pub(super) fn write(&mut self, data: &[u8]) -> io::Result<()> {
        let (mut tail, position) = std::mem::take(&mut self.tail);
        let before = tail.len();
        let start = position.saturating_sub(before as u64);
        let len = before.saturating_add(data.len());
        let padded = len.checked_next_multiple_of(self.unit);
        let padded = padded.ok_or(io::ErrorKind::InvalidInput)?;

        self.block.clear();
        // Twice: the bytes come to stand at a multiple of the unit, wherever the memory begins.
        self.block.resize(padded.saturating_add(self.unit), 0);
        let aligned = self.block.as_ptr().align_offset(self.unit);
        let whole = self
            .block
            .get_mut(aligned..aligned.saturating_add(padded))
            .ok_or(io::ErrorKind::OutOfMemory)?;
        for (place, bytes) in [(0..before, tail.as_slice()), (before..len, data)] {
            if let Some(place) = whole.get_mut(place) {
                place.copy_from_slice(bytes);
            }
        }
        self.handle.write_durably_at(whole, start)?;

        let after = len.checked_rem(self.unit).unwrap_or(0);
        tail.clear();
        tail.extend_from_slice(
            whole
                .get(len.saturating_sub(after)..len)
                .unwrap_or_default(),
        );
        self.tail = (tail, position.saturating_add(data.len() as u64));
        Ok(())
    }
}

fn read_exact_at(file: &impl File, mut room: &mut [u8], mut position: u64) -> io::Result<()> {
    while !room.is_empty() {
        match file.read_at(room, position) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                room = room.get_mut(read..).unwrap_or_default();
                position = position.saturating_add(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
