//! A bare backend: atomic saves without a log.

use bytes::Bytes;
use steadfast_core::{
    Entry, Immediate, Key, PersistenceError, Precondition, Prefix, Result, Staged, WHOLE,
};

use super::block_on::block_on;

/// Plain calls on a backend that never suspends.
///
/// ```
/// use steadfast::{MemoryBackend, blocking::Backend};
/// let backend = Backend::new(MemoryBackend::new());
/// backend.atomic_write("settings.toml", b"volume = 11")?;
/// assert_eq!(backend.read("settings.toml")?.as_deref(), Some(&b"volume = 11"[..]));
/// # Ok::<(), steadfast::PersistenceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Backend<B>(B);

impl<B: Immediate> Backend<B> {
    /// Plain calls on `backend`.
    pub const fn new(backend: B) -> Self {
        Self(backend)
    }

    /// The backend itself.
    pub const fn get_ref(&self) -> &B {
        &self.0
    }

    /// The whole value of `key`; `None` if it is absent.
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`], and what the backend returns.
    pub fn read(&self, key: &str) -> Result<Option<Bytes>> {
        block_on(self.0.read(&key.parse()?, WHOLE))
    }

    /// The keys under the folder `prefix` and their lengths, in name order; all keys if `prefix` is
    /// empty.
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`], and what the backend returns.
    pub fn list(&self, prefix: &str) -> Result<Vec<Entry>> {
        let prefix = if prefix.is_empty() {
            Prefix::ROOT
        } else {
            Prefix::folder(prefix)?
        };
        block_on(self.0.list(&prefix))
    }

    /// Replaces a value. It is durable only after [`sync`](Self::sync), and a crash before that may
    /// leave anything. Use it for data that may be lost; otherwise use
    /// [`atomic_write`](Self::atomic_write).
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`], and what the backend returns.
    pub fn write(&self, key: &str, data: &[u8]) -> Result<(), PersistenceError> {
        block_on(self.0.write(&key.parse()?, Bytes::copy_from_slice(data)))
    }

    /// Makes earlier [`write`](Self::write)s of `key` durable.
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`], and what the backend returns.
    pub fn sync(&self, key: &str) -> Result<(), PersistenceError> {
        block_on(self.0.sync(&key.parse()?))
    }

    /// Saves a value. After `Ok` it is durable. A crash before that leaves the whole old value or
    /// the whole new one.
    ///
    /// # Errors
    /// [`PersistenceError::OutcomeUnknown`] if the save may have happened. After every other error
    /// the old value is there.
    pub fn atomic_write(&self, key: &str, data: &[u8]) -> Result<(), PersistenceError> {
        self.save(key, data, Precondition::None)
    }

    /// [`atomic_write`](Self::atomic_write), but only if the key is absent.
    ///
    /// # Errors
    /// [`PersistenceError::AlreadyExists`] if the key exists.
    pub fn atomic_create(&self, key: &str, data: &[u8]) -> Result<(), PersistenceError> {
        self.save(key, data, Precondition::Absent)
    }

    /// Removes a key, durably. An absent one is not an error.
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`], and what the backend returns.
    pub fn delete(&self, key: &str) -> Result<(), PersistenceError> {
        block_on(self.0.delete(&key.parse()?))
    }

    fn save(&self, key: &str, data: &[u8], precondition: Precondition) -> Result<()> {
        let key: Key = key.parse()?;
        block_on(async {
            let mut staged = self.0.stage(&key).await?;
            staged.write_borrowed(data).await?;
            staged.commit(precondition).await
        })
    }
}
