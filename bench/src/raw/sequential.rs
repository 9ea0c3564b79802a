//! A new file that is written from front to back and flushed: the disk's bandwidth for durable
//! data.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::{Result, data};

/// Writes `len` bytes to a new file, a mebibyte at a time, and flushes file and folder. Then
/// removes the file before the previous one, as a store keeps two snapshots. Writing the same file
/// repeatedly would be quicker: the page cache would reuse the same memory.
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
        // If the first turn was not 0, there may be no such file.
        let _ = std::fs::remove_file(path(old));
        directory.sync_all()?;
    }
    Ok(())
}
