//! A new file written from front to back and flushed: the disk's bandwidth for something that is to last.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::{Result, data};

/// Writes `len` bytes to a new file, a mebibyte at a time, flushes file and folder, and removes it.
///
/// # Errors
/// The system's.
pub fn write_and_flush(folder: &Path, len: u64) -> Result {
    let path = folder.join("sequential");
    let mut file = File::create(&path)?;
    let mut left = len;
    while left > 0 {
        let piece = data::random(1 << 20, left);
        let now = usize::try_from(left.min(1 << 20))?;
        file.write_all(piece.get(..now).ok_or("no data")?)?;
        left -= now as u64;
    }
    file.sync_data()?;
    Ok(File::open(folder)?.sync_all()?)
}
