//! Blocks that were written before are written again, one record after another, and flushed: no
//! length and no extent changes.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::entrant::Committer;
use crate::{Result, data};

/// As long as a segment of the log.
pub(super) const FILE_LEN: u64 = 16 << 20;

struct Overwrite {
    file: File,
    next: AtomicU64,
}

/// A file whose blocks are all written and durable.
pub(super) fn prepared(folder: &Path) -> Result<File> {
    let file = File::create(folder.join("log"))?;
    let piece = data::random(1 << 20, 0);
    for turn in 0..FILE_LEN >> 20 {
        file.write_all_at(piece, turn << 20)?;
    }
    file.sync_all()?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

pub(super) fn open(folder: &Path) -> Result<Box<dyn Committer>> {
    Ok(Box::new(Overwrite {
        file: prepared(folder)?,
        next: AtomicU64::new(0),
    }))
}

impl Committer for Overwrite {
    fn commit(&self, _key: &[u8], _value: &[u8]) -> Result {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let record = data::random(super::RECORD_LEN, turn);
        let position = (turn * super::RECORD_LEN as u64) % FILE_LEN;
        self.file.write_all_at(record, position)?;
        Ok(self.file.sync_data()?)
    }
}
