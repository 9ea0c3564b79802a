//! The same past the page cache: one system call writes a whole block, and returns when the block
//! is durable.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;

use rustix::fs::OFlags;

use super::overwrite::{FILE_LEN, prepared};
use crate::entrant::Committer;
use crate::{Result, data, flushes};

struct Direct {
    file: File,
    /// The next position, and a buffer with room for one aligned block.
    state: Mutex<(u64, Vec<u8>)>,
    block_len: usize,
}

pub(super) fn open_blocks(folder: &Path) -> Result<Box<dyn Committer>> {
    open(folder, 4096)
}

pub(super) fn open_sectors(folder: &Path) -> Result<Box<dyn Committer>> {
    open(folder, 512)
}

fn open(folder: &Path, block_len: usize) -> Result<Box<dyn Committer>> {
    drop(prepared(folder)?);
    let flags = (OFlags::DIRECT | OFlags::DSYNC).bits();
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(i32::try_from(flags)?);
    Ok(Box::new(Direct {
        file: options.open(folder.join("log"))?,
        state: Mutex::new((0, vec![0; 3 * 4096])),
        block_len,
    }))
}

impl Committer for Direct {
    fn commit(&self, _key: &[u8], _value: &[u8]) -> Result {
        let mut state = self.state.lock().map_err(|_| "poisoned")?;
        let (position, room) = &mut *state;
        let start = room.as_ptr().align_offset(4096);
        let block = room
            .get_mut(start..start + self.block_len)
            .ok_or("no room")?;
        let record = data::random(super::RECORD_LEN, *position);
        block
            .iter_mut()
            .zip(record)
            .for_each(|(place, byte)| *place = *byte);
        flushes::note();
        self.file.write_all_at(block, *position)?;
        *position = (*position + self.block_len as u64) % FILE_LEN;
        Ok(())
    }
}
