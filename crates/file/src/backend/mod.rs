//! A directory as a storage backend: a key is a file.
//!
//! * `stage`, `commit`: a temporary file in the target's directory is written and renamed over the
//!   target. The file is flushed before the rename, the directory after it.
//! * `append`, `sync`: a positioned write on an open handle. Flushes the file's data; where the
//!   file is new, the directory too, once.
//! * `reserve`: writes zeros behind the end, where the file system writes in place; `read` and
//!   `list` leave them out. Flushes nothing.
//! * `delete`: removes the name. Flushes the directory.
//! * `read`, `list`: show what is in the directory. Flush nothing.
//!
//! A directory that a key needs is made durable before anything is put into it.
//!
//! Every other name in the directory starts with a dot, and no key does: `.steadfast.lock` (the
//! lock), `.steadfast.<16 hex digits>.claim` (the writer's claim) and `.steadfast.<16 hex
//! digits>.tmp` (saves in progress).

mod bystander;
mod claim;
mod direct;
mod folders;
mod holder;
mod last_read;
mod lock;
mod open;
mod pace;
mod shared;
mod staged;
mod stream;
mod streams;
mod walk;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use steadfast_core::{Entry, Immediate, Key, Prefix, Result, StorageBackend, Survives};

use self::open::{Foreign, open_for_reading, open_for_writing};
use self::shared::{Access, Shared};
pub use self::staged::StagedFile;
use crate::simulation::{Directory as _, FileSystem, Native};

/// A directory that keeps named streams of bytes: the files backend of steadfast.
///
/// Cloning is cheap, and clones share the lock: it ends when the last clone and the last
/// [`StagedFile`] are dropped. The calls block the thread, so their futures are ready at once
/// ([`Immediate`]).
///
/// ```
/// use bytes::Bytes;
/// use steadfast_core::{Key, StorageBackend, WHOLE};
/// use steadfast_file::FileBackend;
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let directory = directory.path().join("data");
/// # pollster::block_on(async {
/// let backend = FileBackend::open(&directory)?;
/// let key: Key = "slots/autosave.bin".parse()?;
/// backend.atomic_write(&key, Bytes::from_static(b"level 3")).await?;
/// assert_eq!(backend.read(&key, WHOLE).await?.as_deref(), Some(b"level 3".as_slice()));
/// # Ok::<(), steadfast_core::PersistenceError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct FileBackend<F: FileSystem = Native> {
    shared: Arc<Shared<F>>,
}

impl FileBackend {
    /// Opens the store at `directory` for writing, and makes it where there is none.
    ///
    /// Missing parent directories are created too, all of them durably. What crashed saves left
    /// behind is removed. What is found is flushed, so that whatever this handle shows survives the
    /// next power loss.
    ///
    /// # Errors
    /// * [`NotAStore`](steadfast_core::PersistenceError::NotAStore) for a directory that is no
    ///   store and is not empty, and for a file: nothing is changed there. See
    ///   [`adopt`](Self::adopt).
    /// * [`Locked`](steadfast_core::PersistenceError::Locked) while another handle has it, in this
    ///   process or another.
    /// * [`PermissionDenied`](steadfast_core::PersistenceError::PermissionDenied),
    ///   [`StorageFull`](steadfast_core::PersistenceError::StorageFull),
    ///   [`Io`](steadfast_core::PersistenceError::Io).
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        Self::open_on(Native, directory)
    }

    /// Whether a name in a directory was not put there by a person: it belongs to the system or the
    /// desktop, as at the top of a volume, or it is one of this crate's own traces. A directory
    /// with nothing else in it is opened as a new store.
    #[must_use]
    pub fn is_bystander(name: &str) -> bool {
        bystander::is_bystander(name)
    }

    /// [`open`](Self::open), but beside files of others: in a directory of settings, say.
    ///
    /// Files whose names are keys are keys, whoever made them. All others are left alone and not
    /// shown. The folders below are walked and flushed once.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); [`NotAStore`](steadfast_core::PersistenceError::NotAStore)
    /// only for a file.
    ///
    /// ```
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let directory = directory.path();
    /// std::fs::write(directory.join("README.txt"), "by hand")?;
    /// assert!(steadfast_file::FileBackend::open(directory).is_err());
    /// assert!(steadfast_file::FileBackend::adopt(directory).is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn adopt(directory: impl AsRef<Path>) -> Result<Self> {
        Self::with(open_for_writing(
            Native,
            directory.as_ref(),
            Foreign::Welcome,
        ))
    }

    /// Opens the store at `directory` for reading. It takes no lock and writes nothing, so it may
    /// be used while another process writes. Every call that would change something answers
    /// [`PermissionDenied`](steadfast_core::PersistenceError::PermissionDenied).
    ///
    /// # Errors
    /// [`NoStore`](steadfast_core::PersistenceError::NoStore) where there is no directory,
    /// [`NotAStore`](steadfast_core::PersistenceError::NotAStore) for a file.
    pub fn open_read_only(directory: impl AsRef<Path>) -> Result<Self> {
        Self::with(open_for_reading(Native, directory.as_ref()))
    }
}

impl<F: FileSystem> FileBackend<F> {
    /// [`open`](FileBackend::open) on another file system than this machine's: see
    /// [`simulation`](crate::simulation).
    ///
    /// # Errors
    /// Those of [`open`](FileBackend::open).
    pub fn open_on(system: F, directory: impl AsRef<Path>) -> Result<Self> {
        Self::with(open_for_writing(
            system,
            directory.as_ref(),
            Foreign::Refused,
        ))
    }

    fn with(opened: Result<Shared<F>>) -> Result<Self> {
        opened.map(|shared| Self {
            shared: Arc::new(shared),
        })
    }

    /// The kind of file system that the directory is on, in the system's word: `ext4`, `apfs`,
    /// `NTFS`; `unknown` where the system does not tell. Where it stands on something that survives
    /// less, the name says so: `ext4 on tmpfs`.
    #[must_use]
    pub fn file_system(&self) -> &str {
        &self.shared.file_system
    }

    /// Who has the store open for writing, in the words that the program has left beside its lock.
    /// `None` where there are no such words, and where that program is known to have ended. This
    /// does not try the lock.
    #[must_use]
    pub fn writer(&self) -> Option<String> {
        holder::who_runs(&*self.shared.root)
    }

    /// The directory, as it was given.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.shared.root.path()
    }
}

impl<F: FileSystem> StorageBackend for FileBackend<F> {
    type Staged = StagedFile<F>;

    fn location(&self) -> String {
        self.directory().display().to_string()
    }

    /// A power loss. Only a process crash where the file system is memory or stands on memory,
    /// where it is not known to keep what was flushed (FUSE, shared folders, an overlay whose upper
    /// directory cannot be seen), and where a directory cannot be flushed.
    fn survives(&self) -> Survives {
        self.shared.survives
    }

    fn is_exclusive(&self) -> bool {
        matches!(self.shared.access, Access::Write(_))
    }

    fn unique(&self) -> u64 {
        self.shared.system.random()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.shared.read(key, range)
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        self.shared.list(prefix)
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.shared.write(key, &data)
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.shared.append(key, position, &data)
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        self.shared.reserve(key, until)
    }

    /// As the trait says. A stream that this handle has not touched yet is flushed too: what a
    /// killed predecessor left in the system's cache becomes durable.
    async fn sync(&self, key: &Key) -> Result<()> {
        self.shared.sync(key)
    }

    async fn stage(&self, key: &Key) -> Result<StagedFile<F>> {
        StagedFile::begin(&self.shared, key)
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.shared.delete(key)
    }
}

impl<F: FileSystem> Immediate for FileBackend<F> {}
