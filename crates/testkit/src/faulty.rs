//! A backend that fails, or stops, at the step you name.
//!
//! Every call that changes something is a step, `commit` and `delete` included. Of a call that
//! meets a fault, the backend below gets what a real one would have done: half of an append or a
//! write, and nothing of a flush or a publication. What becomes of unflushed bytes after a power
//! cut is decided by the disk below: [`MemoryBackend`](steadfast_core::MemoryBackend) explores
//! that.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use steadfast_core::{
    Entry, Immediate, Key, PersistenceError, Precondition, Prefix, Result, Staged, StorageBackend,
    Survives,
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This step fails, half done where it can be. Later steps work.
    FailsAt(u64),
    /// From this step on every step fails, as if the program had died.
    StopsAt(u64),
    /// There is room for this many bytes more.
    FullAfter(u64),
}

#[derive(Debug, Default)]
struct Meter {
    steps: u64,
    bytes: u64,
    fault: Option<Fault>,
}

/// `B` with a fault in it. Clones share the fault and the count.
#[derive(Debug)]
pub struct Faulty<B> {
    inner: Arc<B>,
    meter: Arc<Mutex<Meter>>,
}

impl<B> Clone for Faulty<B> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            meter: Arc::clone(&self.meter),
        }
    }
}

impl<B: StorageBackend> Faulty<B> {
    /// `backend`, without a fault so far.
    pub fn new(backend: B) -> Self {
        Self {
            inner: Arc::new(backend),
            meter: Arc::default(),
        }
    }

    /// Plans a fault. Steps and bytes count from the creation of this backend.
    #[must_use]
    pub fn with(self, fault: Fault) -> Self {
        lock(&self.meter).fault = Some(fault);
        self
    }

    /// How many steps were taken.
    #[must_use]
    pub fn steps(&self) -> u64 {
        lock(&self.meter).steps
    }

    /// The backend below.
    #[must_use]
    pub fn inner(&self) -> &B {
        &self.inner
    }
}

fn lock(meter: &Mutex<Meter>) -> MutexGuard<'_, Meter> {
    meter.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a step that writes `len` bytes. Returns the planned fault of this step as an error.
fn step(meter: &Mutex<Meter>, action: &'static str, key: &Key, len: u64) -> Result<()> {
    let mut meter = lock(meter);
    meter.steps = meter.steps.saturating_add(1);
    meter.bytes = meter.bytes.saturating_add(len);
    let place = format!("`{key}`");
    let source = Arc::new(Planned { step: meter.steps });
    match meter.fault {
        Some(Fault::FailsAt(at)) if at == meter.steps => Err(PersistenceError::Io {
            action,
            place,
            source,
        }),
        Some(Fault::StopsAt(at)) if at <= meter.steps => Err(PersistenceError::Io {
            action,
            place,
            source,
        }),
        Some(Fault::FullAfter(room)) if len > 0 && meter.bytes > room => {
            Err(PersistenceError::StorageFull {
                action,
                place,
                source,
            })
        }
        _ => Ok(()),
    }
}

/// The cause of a planned fault.
#[derive(Debug)]
struct Planned {
    step: u64,
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "planned fault at step {}", self.step)
    }
}

impl std::error::Error for Planned {}

fn half(data: &Bytes) -> Bytes {
    data.slice(..data.len() >> 1)
}

impl<B: StorageBackend> StorageBackend for Faulty<B> {
    type Staged = FaultyStaged<B::Staged>;

    fn location(&self) -> String {
        self.inner.location()
    }

    fn survives(&self) -> Survives {
        self.inner.survives()
    }

    fn is_exclusive(&self) -> bool {
        self.inner.is_exclusive()
    }

    fn unique(&self) -> u64 {
        self.inner.unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.inner.read(key, range).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        self.inner.list(prefix).await
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        if let Err(fault) = step(&self.meter, "write", key, data.len() as u64) {
            self.inner.write(key, half(&data)).await?;
            return Err(fault);
        }
        self.inner.write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        if let Err(fault) = step(&self.meter, "append to", key, data.len() as u64) {
            self.inner.append(key, position, half(&data)).await?;
            return Err(fault);
        }
        self.inner.append(key, position, data).await
    }

    /// Not a step: a hint that is ignored is not a fault.
    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        self.inner.reserve(key, until).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        step(&self.meter, "flush", key, 0)?;
        self.inner.sync(key).await
    }

    async fn stage(&self, key: &Key) -> Result<Self::Staged> {
        step(&self.meter, "stage", key, 0)?;
        let inner = self.inner.stage(key).await?;
        Ok(FaultyStaged {
            inner,
            key: key.clone(),
            meter: Arc::clone(&self.meter),
        })
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        step(&self.meter, "delete", key, 0)?;
        self.inner.delete(key).await
    }
}

impl<B: Immediate> Immediate for Faulty<B> {}

/// A save to a [`Faulty`] backend, between its two phases.
#[derive(Debug)]
pub struct FaultyStaged<T> {
    inner: T,
    key: Key,
    meter: Arc<Mutex<Meter>>,
}

impl<T: Staged> Staged for FaultyStaged<T> {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        step(&self.meter, "stage", &self.key, data.len() as u64)?;
        self.inner.write(data).await
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        step(&self.meter, "publish", &self.key, 0)?;
        self.inner.commit(precondition).await
    }
}
