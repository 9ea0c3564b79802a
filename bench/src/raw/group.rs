//! Group commit by hand: a leader writes and flushes the waiting commits, and the followers wait
//! for it. There is no state, no checksum and no recovery.
//!
//! It shows what a log can reach with many threads: over a file that grows, over blocks that were
//! written before, and over such blocks past the page cache. The differences between the three show
//! what blocks that are written ahead would gain.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Condvar, Mutex};

use rustix::fs::OFlags;

use super::overwrite::{FILE_LEN, prepared};
use crate::entrant::Committer;
use crate::{Result, flushes};

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Append,
    Overwrite,
    Direct,
}

#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
    position: u64,
    /// How many groups were taken from the wait queue, and how many are durable.
    taken: u64,
    durable: u64,
    has_leader: bool,
}

struct Group {
    file: File,
    way: Way,
    line: Mutex<Line>,
    done: Condvar,
}

pub(super) fn open_append(folder: &Path) -> Result<Box<dyn Committer>> {
    open(folder, Way::Append)
}

pub(super) fn open_overwrite(folder: &Path) -> Result<Box<dyn Committer>> {
    open(folder, Way::Overwrite)
}

pub(super) fn open_direct(folder: &Path) -> Result<Box<dyn Committer>> {
    open(folder, Way::Direct)
}

fn open(folder: &Path, way: Way) -> Result<Box<dyn Committer>> {
    let path = folder.join("log");
    let file = match way {
        Way::Append => File::create_new(path)?,
        Way::Overwrite => prepared(folder)?,
        Way::Direct => {
            drop(prepared(folder)?);
            let flags = i32::try_from((OFlags::DIRECT | OFlags::DSYNC).bits())?;
            let mut options = OpenOptions::new();
            options.write(true).custom_flags(flags).open(path)?
        }
    };
    Ok(Box::new(Group {
        file,
        way,
        line: Mutex::default(),
        done: Condvar::new(),
    }))
}

impl Group {
    /// Writes a group and flushes it. Returns the position of the next group.
    fn write(&self, bytes: &mut Vec<u8>, position: u64) -> Result<u64> {
        if self.way == Way::Direct {
            // Whole blocks, so that no sector is written twice. The memory is aligned as the disk
            // requires.
            let len = bytes.len().next_multiple_of(4096);
            let mut room = vec![0; len + 4096];
            let start = room.as_ptr().align_offset(4096);
            let block = room.get_mut(start..start + len).ok_or("no room")?;
            let filled = block.get_mut(..bytes.len()).ok_or("no room")?;
            filled.copy_from_slice(bytes);
            flushes::note();
            self.file.write_all_at(block, position)?;
            bytes.resize(len, 0);
        } else {
            self.file.write_all_at(bytes, position)?;
            self.file.sync_data()?;
        }
        let next = position + bytes.len() as u64;
        // Room for the longest group is left at the end of the file.
        let is_over = self.way != Way::Append && next + (1 << 20) > FILE_LEN;
        Ok(if is_over { 0 } else { next })
    }
}

impl Committer for Group {
    fn commit(&self, key: &[u8], value: &[u8]) -> Result {
        let mut line = self.line.lock().map_err(|_| "poisoned")?;
        line.bytes.extend_from_slice(key);
        line.bytes.extend_from_slice(value);
        let padded = line.bytes.len() + super::RECORD_LEN - key.len() - value.len();
        line.bytes.resize(padded, 0);
        let mine = line.taken + 1;
        while line.durable < mine {
            if line.has_leader {
                line = self.done.wait(line).map_err(|_| "poisoned")?;
                continue;
            }
            line.has_leader = true;
            line.taken += 1;
            let position = line.position;
            let mut bytes = std::mem::take(&mut line.bytes);
            drop(line);
            let written = self.write(&mut bytes, position);
            line = self.line.lock().map_err(|_| "poisoned")?;
            line.position = written?;
            line.durable += 1;
            line.has_leader = false;
            self.done.notify_all();
        }
        Ok(())
    }
}
