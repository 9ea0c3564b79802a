//! [`StorageBackend`] over the simulated disk.

use std::ops::Range;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;

use super::disk::Disk;
use super::fate::Fate;
use super::fault::Verdict;
use crate::backend::{Entry, Immediate, Precondition, Staged, StorageBackend, Survives};
use crate::error::{PersistenceError, Result};
use crate::key::{Key, Prefix};
use crate::sync::{Mutex, MutexGuard};

/// A backend in memory, for tests and for data that may be lost. Clones share one disk.
///
/// ```
/// use steadfast_core::{Fate, Key, MemoryBackend, StorageBackend, WHOLE};
/// # pollster::block_on(async {
/// let disk = MemoryBackend::new();
/// let key: Key = "log".parse()?;
/// disk.append(&key, 0, "synced".into()).await?;
/// disk.sync(&key).await?;
/// disk.append(&key, 6, " and not".into()).await?;
/// let disk = disk.restart(Fate::Lost);
/// assert_eq!(disk.read(&key, WHOLE).await?.as_deref(), Some(&b"synced"[..]));
/// # Ok::<(), steadfast_core::PersistenceError>(()) }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryBackend {
    disk: Arc<Mutex<Disk>>,
}

impl MemoryBackend {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many steps were taken since the start.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.lock().steps()
    }

    /// Makes step number `step` (the first is 1) fail. A step that can be half done is half done.
    pub fn fail_at(&self, step: u64) {
        self.lock().plan.fail_at = Some(step);
    }

    /// Cuts the power at step number `step`. That step and every later one fails until
    /// [`restart`](Self::restart).
    pub fn crash_at(&self, step: u64) {
        self.lock().plan.crash_at = Some(step);
    }

    /// How many bits a [`Fate::Chosen`] needs to select every crash state of this moment. Each name
    /// that was published or removed, and each sector that was written, takes one bit until it is
    /// flushed.
    #[must_use]
    pub fn unsynced_units(&self) -> u32 {
        u32::try_from(self.lock().unsynced_units()).unwrap_or(u32::MAX)
    }

    /// The disk as it is found after a power failure at this moment. The old handle keeps the disk
    /// as it was, so several fates can be tried. The new disk counts its steps from the start and
    /// has no planned fault.
    #[must_use]
    pub fn restart(&self, fate: Fate) -> Self {
        Self {
            disk: Arc::new(Mutex::new(self.lock().restarted(fate))),
        }
    }

    /// Nothing panics while the lock is held, and the disk is consistent between any two of its
    /// calls.
    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for MemoryBackend {
    type Staged = MemoryStaged;

    fn location(&self) -> String {
        "memory".into()
    }

    fn survives(&self) -> Survives {
        Survives::Nothing
    }

    fn is_exclusive(&self) -> bool {
        false
    }

    fn unique(&self) -> u64 {
        self.lock().unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        let disk = self.lock();
        Ok(disk.read(key)?.map(|data| {
            let cut = |offset: u64| {
                usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(data.len())
            };
            let (start, end) = (cut(range.start), cut(range.end));
            Bytes::copy_from_slice(data.get(start..end).unwrap_or_default())
        }))
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        let disk = self.lock();
        if let Some((key, _)) = disk.lens().next() {
            disk.powered("list", key)?;
        }
        let entries = disk.lens().filter(|(key, _)| prefix.contains(key));
        Ok(entries
            .map(|(key, len)| Entry {
                key: key.clone(),
                len: len as u64,
            })
            .collect())
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.lock().write(key, &data)
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.lock().append(key, position, &data)
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        self.lock().reserve(key, until)
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        self.lock().sync(key)
    }

    async fn stage(&self, key: &Key) -> Result<MemoryStaged> {
        let mut disk = self.lock();
        match disk.step("stage", key)? {
            Verdict::Works => Ok(MemoryStaged {
                backend: self.clone(),
                key: key.clone(),
                data: Vec::new(),
            }),
            Verdict::Fails | Verdict::PowerGoes => Err(disk.failure("stage", key)),
        }
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        let mut disk = self.lock();
        if disk.read(key)?.is_none() {
            return Ok(());
        }
        let verdict = disk.step("delete", key)?;
        if verdict == Verdict::Fails {
            return Err(disk.failure("delete", key));
        }
        disk.remove(key);
        if verdict == Verdict::PowerGoes {
            return Err(disk.failure("delete", key));
        }
        match disk.step("flush the deletion of", key)? {
            Verdict::Works => disk.settle(key),
            Verdict::Fails | Verdict::PowerGoes => return Err(unknown(&disk, key)),
        }
        Ok(())
    }
}

impl Immediate for MemoryBackend {}

/// A save to a [`MemoryBackend`] between its two phases.
#[derive(Debug)]
pub struct MemoryStaged {
    backend: MemoryBackend,
    key: Key,
    data: Vec<u8>,
}

impl Staged for MemoryStaged {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        let mut disk = self.backend.lock();
        match disk.step("stage", &self.key)? {
            Verdict::Works => {
                self.data.extend_from_slice(&data);
                Ok(())
            }
            Verdict::Fails | Verdict::PowerGoes => Err(disk.failure("stage", &self.key)),
        }
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        let key = &self.key;
        let mut disk = self.backend.lock();
        if disk.step("flush", key)? != Verdict::Works {
            return Err(disk.failure("flush", key));
        }
        if precondition == Precondition::Absent && disk.read(key)?.is_some() {
            return Err(PersistenceError::AlreadyExists {
                place: format!("`{key}`"),
            });
        }
        match disk.step("publish", key)? {
            Verdict::Works => disk.publish(key, &self.data),
            Verdict::Fails => return Err(disk.failure("publish", key)),
            Verdict::PowerGoes => {
                disk.publish(key, &self.data);
                return Err(unknown(&disk, key));
            }
        }
        match disk.step("flush the name of", key)? {
            Verdict::Works => disk.settle(key),
            Verdict::Fails | Verdict::PowerGoes => return Err(unknown(&disk, key)),
        }
        Ok(())
    }
}

/// The error of a step that failed after the change had become visible.
fn unknown(disk: &Disk, key: &Key) -> PersistenceError {
    PersistenceError::OutcomeUnknown {
        place: format!("`{key}`"),
        source: disk.failure("flush the name of", key).into_source(),
    }
}
