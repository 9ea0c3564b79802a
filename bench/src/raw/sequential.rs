//! A new file written from front to back and flushed: the disk's bandwidth for something that is to last.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::{Result, data};

/// Writes `len` bytes to a new file, a mebibyte at a time, and flushes file and folder. The file before the last is removed then, as a store
/// keeps two snapshots: who writes the same file again and again is given the same memory by the page cache again, which is quicker.
///
/// # Errors
/// The system's.
pub fn write_and_flush(folder: &Path, turn: u64, len: u64) -> Result {
    let path = |turn: u64| folder.join(format!("sequential-{turn}"));
    let mut file = File::create(path(turn))?;
    let mut left = len;
    while left > 0 {
        let piece = data::random(1 << 20, left.wrapping_add(turn));
        let now = usize::try_from(left.min(1 << 20))?;
        file.write_all(piece.get(..now).ok_or("no data")?)?;
        left -= now as u64;
    }
    file.sync_data()?;
    let directory = File::open(folder)?;
    directory.sync_all()?;
    if let Some(old) = turn.checked_sub(2) {
        // Nothing is there after a first turn that is not 0.
        let _ = std::fs::remove_file(path(old));
        directory.sync_all()?;
    }
    Ok(())
}
