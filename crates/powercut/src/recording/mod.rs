//! A recording: a disk as it was, and every step on it from there on.
//!
//! A power cut is possible between any two steps. What was written before the last flush is
//! durable. Of what was written after it, any subset of the sectors can be. A recording is kept as
//! a file, so that a state found once can be examined again.

mod record;

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use record::{Start, record};

use crate::check::{Telling, telling};
use crate::disk::{Event, Image, Mark, SECTOR_LEN};
use crate::error::{Error, Result, failed};
use crate::file_system::FileSystem;
use crate::workload::Workload;

/// What one program did to one file system.
#[derive(Serialize, Deserialize)]
pub struct Recording {
    /// Which file system it is.
    pub file_system: FileSystem,
    /// What the program did.
    pub workload: Workload,
    /// The seed of the choice of crash states.
    pub seed: u64,
    /// What was said before the recording began.
    pub before: Vec<Mark>,
    /// The disk at the beginning.
    pub image: Arc<Image>,
    /// The steps that followed.
    pub events: Vec<Event>,
}

/// How much a recording holds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Size {
    /// How many writes and discards.
    pub writes: u64,
    /// How many sectors they changed.
    pub sectors: u64,
    /// How many flushes.
    pub flushes: u64,
    /// How many commits were acknowledged.
    pub acknowledged: u64,
}

impl Size {
    /// Adds the numbers of another recording.
    pub(crate) const fn add(&mut self, other: Self) {
        self.writes += other.writes;
        self.sectors += other.sectors;
        self.flushes += other.flushes;
        self.acknowledged += other.acknowledged;
    }
}

impl Recording {
    /// What was said before step `cut`.
    #[must_use]
    pub fn told_at(&self, cut: usize) -> Telling {
        let before: Vec<Event> = self.before.iter().copied().map(Event::Mark).collect();
        telling(before.iter().chain(self.events.iter().take(cut)))
    }

    /// The first step that was not durable at step `cut`.
    #[must_use]
    pub fn last_flush_before(&self, cut: usize) -> usize {
        let done = self.events.iter().take(cut);
        let mut flushes = done.enumerate().filter(|(_, e)| matches!(e, Event::Flush));
        flushes
            .next_back()
            .map_or(0, |(index, _)| index.saturating_add(1))
    }

    /// How much it holds.
    #[must_use]
    pub fn size(&self) -> Size {
        let mut size = Size::default();
        for event in &self.events {
            match event {
                Event::Flush => size.flushes += 1,
                Event::Write { .. } | Event::Zero { .. } => {
                    size.writes += 1;
                    size.sectors += event.sectors();
                }
                Event::Mark(_) => {}
            }
        }
        let told = self.told_at(self.events.len());
        size.acknowledged = told.values().filter_map(|told| told.acknowledged).sum();
        size
    }

    /// Writes it to a file.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = postcard::to_stdvec(self)
            .map_err(std::io::Error::other)
            .map_err(failed("encode", path))?;
        std::fs::write(path, bytes).map_err(failed("write", path))
    }

    /// Reads it back.
    ///
    /// # Errors
    /// What the file system says; [`Error::NotARecording`].
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(failed("read", path))?;
        postcard::from_bytes(&bytes).map_err(|error| Error::NotARecording {
            place: path.display().to_string(),
            reason: error.to_string(),
        })
    }
}

/// The bytes of sectors `first..first + count` of a write.
pub(crate) fn sectors_of(data: &[u8], first: u64, count: u64) -> &[u8] {
    let at = |sector: u64| {
        let offset = sector.saturating_mul(SECTOR_LEN);
        usize::try_from(offset).map_or(data.len(), |offset| offset.min(data.len()))
    };
    data.get(at(first)..at(first.saturating_add(count)))
        .unwrap_or_default()
}
