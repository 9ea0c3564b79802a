//! A store's backend, chosen while the program runs: one type for every command.

use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use steadfast::{
    Entry, FileBackend, Immediate, Key, MemoryBackend, MemoryStaged, Precondition, Prefix, Result,
    Staged, StagedFile, StorageBackend, Survives,
};

/// How many digits the name of a snapshot's file has.
const NUMBER_LEN: usize = 16;

/// Files or memory.
#[derive(Clone, Debug)]
pub(crate) enum Backend {
    Files(FileBackend),
    Memory(MemoryBackend),
}

/// A save to either.
#[derive(Debug)]
pub(crate) enum StagedIn {
    Files(Box<StagedFile>),
    Memory(MemoryStaged),
}

impl Backend {
    /// The kind of file system under it, in the system's word.
    pub(crate) fn medium(&self) -> &str {
        match self {
            Self::Files(files) => files.file_system(),
            Self::Memory(_) => "memory of this program",
        }
    }

    /// Who has it open for writing, in words.
    pub(crate) fn writer(&self) -> Option<String> {
        match self {
            Self::Files(files) => files.writer(),
            Self::Memory(_) => None,
        }
    }

    /// How long ago the newest snapshot was written, as its file says.
    pub(crate) fn snapshot_age(&self) -> Option<Duration> {
        let Self::Files(files) = self else {
            return None;
        };
        let names = crate::listing::names(&files.directory().join("snapshot")).ok()?;
        let is_number = |name: &OsString| name.len() == NUMBER_LEN && name.is_ascii();
        let newest = names.into_iter().filter(is_number).max()?;
        let path = files.directory().join("snapshot").join(newest);
        let written = fs::metadata(path).and_then(|file| file.modified()).ok()?;
        // A clock that was set back makes it young.
        Some(written.elapsed().unwrap_or_default())
    }
}

/// Passes a call on to whichever it is.
macro_rules! either {
    ($self:ident, $backend:ident => $call:expr) => {
        match $self {
            Self::Files($backend) => $call,
            Self::Memory($backend) => $call,
        }
    };
}

impl StorageBackend for Backend {
    type Staged = StagedIn;

    fn location(&self) -> String {
        either!(self, backend => backend.location())
    }

    fn survives(&self) -> Survives {
        either!(self, backend => backend.survives())
    }

    fn is_exclusive(&self) -> bool {
        either!(self, backend => backend.is_exclusive())
    }

    fn unique(&self) -> u64 {
        either!(self, backend => backend.unique())
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        either!(self, backend => backend.read(key, range).await)
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        either!(self, backend => backend.list(prefix).await)
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        either!(self, backend => backend.write(key, data).await)
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        either!(self, backend => backend.append(key, position, data).await)
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        either!(self, backend => backend.reserve(key, until).await)
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        either!(self, backend => backend.sync(key).await)
    }

    async fn stage(&self, key: &Key) -> Result<StagedIn> {
        match self {
            Self::Files(files) => {
                let staged = files.stage(key).await?;
                Ok(StagedIn::Files(Box::new(staged)))
            }
            Self::Memory(memory) => memory.stage(key).await.map(StagedIn::Memory),
        }
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        either!(self, backend => backend.delete(key).await)
    }

    async fn atomic_write(&self, key: &Key, data: Bytes) -> Result<()> {
        either!(self, backend => backend.atomic_write(key, data).await)
    }

    async fn atomic_create(&self, key: &Key, data: Bytes) -> Result<()> {
        either!(self, backend => backend.atomic_create(key, data).await)
    }
}

impl Staged for StagedIn {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        either!(self, staged => staged.write(data).await)
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        either!(self, staged => staged.commit(precondition).await)
    }
}

impl Immediate for Backend {}
