//! Open files.

use std::io;

use super::call::Call;
use super::disk::Disk;
use super::inode::Number;

/// An open file of a simulated disk. It stays usable after its name is removed, and holds its lock
/// until it is dropped.
///
/// # Errors
/// Every call fails with a [`SimulatedFault`](super::SimulatedFault) where one was planned; else as
/// a file system would.
#[derive(Debug)]
pub struct File {
    disk: Disk,
    number: Number,
    handle: u64,
}

impl File {
    pub(super) fn new(disk: Disk, number: Number) -> Self {
        let handle = disk.state().opened(number);
        Self {
            disk,
            number,
            handle,
        }
    }

    /// Which file this is, on its disk.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Its length in bytes.
    pub fn len(&self) -> io::Result<u64> {
        let state = self.disk.state();
        Ok(state.file(self.number)?.visible().len() as u64)
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads at a position: as many bytes as there are, at most as many as fit.
    pub fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.state();
        let image = state.file(self.number)?.visible();
        Ok(usize::try_from(position).map_or(0, |start| image.read(start, buffer)))
    }

    /// All its bytes.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let state = self.disk.state();
        let image = state.file(self.number)?.visible();
        let mut bytes = vec![0; image.len()];
        image.read(0, &mut bytes);
        Ok(bytes)
    }

    /// Writes all of `data` at a position.
    pub fn write_at(&self, position: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        state.write(Call::Write, self.number, position, data)
    }

    /// Writes all of `data` at a position and makes it durable, as with `O_DIRECT` and `O_DSYNC`.
    /// The length becomes durable too, but no other bytes. If the call fails, any part of it may
    /// have been done, and a flush makes that part durable.
    pub fn write_durably_at(&self, position: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        state.write(Call::WriteDurably, self.number, position, data)
    }

    /// Another handle of the same file.
    #[must_use]
    pub fn open_again(&self) -> Self {
        Self::new(self.disk.clone(), self.number)
    }

    /// Sets the length. New bytes read as zeros.
    pub fn truncate(&self, len: u64) -> io::Result<()> {
        self.disk.state().truncate(self.number, len)
    }

    /// Makes bytes and length durable, but not the name.
    pub fn flush(&self) -> io::Result<()> {
        self.disk.state().flush(self.number)
    }

    /// Whether it has no name left.
    pub fn is_unlinked(&self) -> io::Result<bool> {
        Ok(self.disk.state().links(self.number)? == 0)
    }

    /// Takes the lock unless another handle has it. Returns whether it was taken.
    pub fn try_lock(&self) -> io::Result<bool> {
        let mut state = self.disk.state();
        state.powered()?;
        let holder = *state.locks.entry(self.number).or_insert(self.handle);
        Ok(holder == self.handle)
    }

    /// Releases the lock if this handle has it.
    pub fn unlock(&self) {
        let mut state = self.disk.state();
        if state.locks.get(&self.number) == Some(&self.handle) {
            state.locks.remove(&self.number);
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.unlock();
        self.disk.state().closed(self.number);
    }
}
