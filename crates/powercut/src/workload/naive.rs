//! Ways to save a file that lose it, for comparison.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::{SAVES, shown_in_file};
use super::{Link, Trouble};
use crate::check::{Loss, Told};
use crate::history::version;

fn place(directory: &Path) -> PathBuf {
    directory.join("naive.bin")
}

/// One way to save.
type Save = fn(&Path, &[u8]) -> io::Result<()>;

/// Saves again and again over a first version that is durable.
pub(super) fn run(link: &mut Link, directory: &Path, save: Save) -> Result<(), Trouble> {
    let path = place(directory);
    std::fs::write(&path, version(0, 0))?;
    // The recording begins with a flush of the whole file system.
    link.ready()?;
    link.begin(0, 0)?;
    link.acknowledge(0, 0)?;
    for n in 1..=SAVES {
        link.begin(0, n)?;
        save(&path, &version(0, n))?;
        link.acknowledge(0, n)?;
    }
    Ok(())
}

/// Writes over the old bytes.
pub(super) fn in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(bytes)
}

/// Acknowledged data is durable, but a save that is in flight leaves neither the old nor the new
/// value.
pub(super) fn in_place_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a new file and renames it: atomic for readers, but not on the disk.
pub(super) fn rename_unflushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, bytes)?;
    std::fs::rename(temporary, path)
}

/// The new file is whole, but its name may still be the old file's.
pub(super) fn rename_directory_unflushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(temporary, path)
}

pub(super) fn check(directory: &Path, told: Told) -> Result<(), Loss> {
    told.admits(shown_in_file(&place(directory), 0)?)
}
