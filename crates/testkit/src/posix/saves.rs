//! The usual ways to save a file, and what a power cut leaves of each.
//!
//! A file holds an old value, flushed together with its name. It is saved once more. The power
//! fails at each step of that save, and once after the save has returned `Ok`. Before `Ok`, the old
//! value or the new one may be found. After `Ok`, only the new one may be found. Anything else is a
//! loss. Each of the three naive ways leaves out a flush, and each loses something.
//! [`Way::Steadfast`] is what `FileBackend` and `AtomicFile` do.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use super::call::Call;
use super::directory::Directory;
use super::disk::Disk;
use super::explorer::Explorer;

/// The file that is saved, and the temporary one beside it.
const FILE: &str = "save";
const TEMPORARY: &str = "save.tmp";

/// Lengths in bytes: neither is a whole number of sectors, and the new value is longer.
const OLD_LEN: usize = 1_000;
const NEW_LEN: usize = 1_700;

/// A way to replace the bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Truncate the file and write it again.
    InPlace,
    /// Write another file and rename it over the first one.
    RenameOnly,
    /// Write another file, flush it, and rename it over the first one.
    NoDirectoryFlush,
    /// Write another file, flush it, rename it over the first one, and flush the directory.
    Steadfast,
}

impl Way {
    /// The naive ways, and ours as the last.
    pub const ALL: [Self; 4] = [
        Self::InPlace,
        Self::RenameOnly,
        Self::NoDirectoryFlush,
        Self::Steadfast,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InPlace => "write in place",
            Self::RenameOnly => "write, rename",
            Self::NoDirectoryFlush => "write, flush, rename",
            Self::Steadfast => "steadfast",
        }
    }

    /// Why this way loses data, or why it does not, in one sentence.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::InPlace => {
                "The old bytes are given up before the new ones are on the disk, so a power cut leaves an empty file, or pieces of one."
            }
            Self::RenameOnly => {
                "The rename can reach the disk before the bytes do: then the name leads to an empty or half-written file, and the old one is gone."
            }
            Self::NoDirectoryFlush => {
                "The file is whole at every instant, but nothing makes the rename durable: a save that was reported as done can be undone."
            }
            Self::Steadfast => {
                "The bytes are flushed before the rename, and the directory after it: old or new at every instant, and new once Ok was said."
            }
        }
    }

    /// Whether every acknowledged value is there afterwards, and always a whole value.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Steadfast)
    }

    /// Saves `data` as the file `save` of the directory. For [`InPlace`](Self::InPlace) the file
    /// must be there already.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn save(self, directory: &Directory, data: &[u8]) -> io::Result<()> {
        if self == Self::InPlace {
            let file = directory.open_file(FILE)?;
            file.truncate(0)?;
            return file.write_at(0, data);
        }
        let file = directory.create_file(TEMPORARY)?;
        file.write_at(0, data)?;
        if self != Self::RenameOnly {
            file.flush()?;
        }
        directory.rename(TEMPORARY, FILE)?;
        if self == Self::Steadfast {
            directory.flush()?;
        }
        Ok(())
    }
}

/// What is there after a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Found {
    /// The old value, whole.
    Old,
    /// The new value, whole.
    New,
    /// Something that nobody saved.
    Torn,
    /// An empty file, or none.
    Nothing,
}

impl Found {
    /// Everything that can be found.
    pub const ALL: [Self; 4] = [Self::Old, Self::New, Self::Torn, Self::Nothing];
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Torn => "torn",
            Self::Nothing => "nothing",
        })
    }
}

/// A power cut at one point of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashPoint {
    /// The step that is cut; `None` for the cut after `Ok`.
    pub call: Option<Call>,
    /// How many crash states leave each of the possible results.
    pub found: BTreeMap<Found, u64>,
}

impl CrashPoint {
    /// Whether this result is a loss at this point.
    #[must_use]
    pub fn is_loss(&self, found: Found) -> bool {
        match found {
            Found::New => false,
            Found::Old => self.call.is_none(),
            Found::Torn | Found::Nothing => true,
        }
    }

    /// Whether some crash state at this point is a loss.
    #[must_use]
    pub fn loses(&self) -> bool {
        self.found.keys().any(|found| self.is_loss(*found))
    }
}

/// A save and each of its crash points, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// How it is saved.
    pub way: Way,
    /// A cut at each step, and one after the save was acknowledged.
    pub points: Vec<CrashPoint>,
}

impl Picture {
    /// Explores one way of saving.
    ///
    /// # Errors
    /// Those of the disk. The simulated disk gives none before its power fails.
    pub fn of(way: Way, explorer: &Explorer) -> io::Result<Self> {
        let start = before()?;
        let rehearsal = start.killed();
        way.save(&rehearsal.root(), &new())?;
        let mut points = Vec::new();
        for call in rehearsal.calls().into_iter().map(Some).chain([None]) {
            let disk = start.killed();
            let step = (points.len() as u64).saturating_add(1);
            disk.crash_at(step);
            // The power cut ends the save with an error. Only what it leaves counts.
            let _ = way.save(&disk.root(), &new());
            let mut found = BTreeMap::new();
            for fate in explorer.fates(&disk, step) {
                let seen = found.entry(look(&disk.restart(fate))?).or_insert(0_u64);
                *seen = seen.saturating_add(1);
            }
            points.push(CrashPoint { call, found });
        }
        Ok(Self { way, points })
    }

    /// How many crash states were looked at.
    #[must_use]
    pub fn states(&self) -> u64 {
        self.points.iter().flat_map(|p| p.found.values()).sum()
    }

    /// In how many of them something was lost.
    #[must_use]
    pub fn losses(&self) -> u64 {
        let of = |point: &CrashPoint| -> u64 {
            let lost = point
                .found
                .iter()
                .filter(|(found, _)| point.is_loss(**found));
            lost.map(|(_, states)| states).sum()
        };
        self.points.iter().map(of).sum()
    }
}

/// A disk with the old value, completely flushed.
fn before() -> io::Result<Disk> {
    let disk = Disk::new();
    let file = disk.root().create_file(FILE)?;
    file.write_at(0, &old())?;
    file.flush()?;
    disk.root().flush()?;
    Ok(disk.killed())
}

fn old() -> Vec<u8> {
    vec![b'o'; OLD_LEN]
}

fn new() -> Vec<u8> {
    vec![b'n'; NEW_LEN]
}

fn look(disk: &Disk) -> io::Result<Found> {
    let bytes = match disk.root().open_file(FILE) {
        Ok(file) => file.read()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    Ok(if bytes.is_empty() {
        Found::Nothing
    } else if bytes == old() {
        Found::Old
    } else if bytes == new() {
        Found::New
    } else {
        Found::Torn
    })
}
