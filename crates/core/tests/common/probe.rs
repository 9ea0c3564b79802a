//! A backend that suspends at every call, counts, and lets a test step in between.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use steadfast_core::{
    Entry, Key, MemoryBackend, MemoryStaged, PersistenceError, Precondition, Prefix, Result,
    Staged, StorageBackend, Survives,
};

/// A call of the backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read(Key),
    List,
    Write(Key),
    Append(Key),
    Sync(Key),
    Stage(Key),
    StagedWrite(Key),
    Commit(Key),
    Delete(Key),
}

type Hook = Box<dyn FnMut(u64, &Call) + Send>;
type Refusal = Box<dyn FnMut(&Call) -> Option<PersistenceError> + Send>;

/// A memory disk behind calls that suspend.
#[derive(Clone)]
pub(crate) struct Probe {
    disk: MemoryBackend,
    pauses: u32,
    exclusive: bool,
    by_folder: bool,
    refuses_hints: bool,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    calls: Mutex<Vec<Call>>,
    bytes_read: AtomicU64,
    hook: Mutex<Option<Hook>>,
    refusal: Mutex<Option<Refusal>>,
}

impl Probe {
    /// Every call suspends `pauses` times before it does its work, and as often afterwards.
    pub(crate) fn new(disk: &MemoryBackend, pauses: u32) -> Self {
        Self {
            disk: disk.clone(),
            pauses,
            exclusive: false,
            by_folder: false,
            refuses_hints: false,
            shared: Arc::default(),
        }
    }

    /// Claims to keep other writers out, as a locked directory does.
    pub(crate) fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// Lists manifests first and everything else one call later, as a walk through directories may.
    pub(crate) fn listing_by_folder(mut self) -> Self {
        self.by_folder = true;
        self
    }

    /// Fails every hint that a stream will grow.
    pub(crate) fn refusing_hints(mut self) -> Self {
        self.refuses_hints = true;
        self
    }

    /// Runs `hook` before each call, with the call's number, counted from 0.
    pub(crate) fn before_each_call(&self, hook: impl FnMut(u64, &Call) + Send + 'static) {
        *hold(&self.shared.hook) = Some(Box::new(hook));
    }

    /// Fails the calls for which `refusal` has an error, before they do anything.
    pub(crate) fn refuse(
        &self,
        refusal: impl FnMut(&Call) -> Option<PersistenceError> + Send + 'static,
    ) {
        *hold(&self.shared.refusal) = Some(Box::new(refusal));
    }

    pub(crate) fn refuse_nothing(&self) {
        *hold(&self.shared.refusal) = None;
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        hold(&self.shared.calls).clone()
    }

    pub(crate) fn forget_calls(&self) {
        hold(&self.shared.calls).clear();
        self.shared.bytes_read.store(0, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, of: impl Fn(&Call) -> bool) -> usize {
        hold(&self.shared.calls)
            .iter()
            .filter(|call| of(call))
            .count()
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.shared.bytes_read.load(Ordering::Relaxed)
    }

    async fn around<T>(&self, call: Call, work: impl AsyncWork<T>) -> Result<T> {
        suspend(self.pauses).await;
        let number = {
            let mut calls = hold(&self.shared.calls);
            calls.push(call.clone());
            calls.len() as u64 - 1
        };
        let hook = hold(&self.shared.hook).take();
        if let Some(mut hook) = hook {
            hook(number, &call);
            hold(&self.shared.hook).get_or_insert(hook);
        }
        let refused = hold(&self.shared.refusal)
            .as_mut()
            .and_then(|refusal| refusal(&call));
        let done = match refused {
            Some(error) => Err(error),
            None => work.await,
        };
        suspend(self.pauses).await;
        done
    }
}

trait AsyncWork<T>: Future<Output = Result<T>> + Send {}
impl<T, F: Future<Output = Result<T>> + Send> AsyncWork<T> for F {}

fn hold<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns `Pending` `times` times, and wakes itself each time.
pub(crate) async fn suspend(times: u32) {
    for _ in 0..times {
        let mut suspended = false;
        std::future::poll_fn(|context| {
            if suspended {
                return Poll::Ready(());
            }
            suspended = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// What a disk says of a sector that it cannot read, or of a call that it does not take.
pub(crate) fn io(action: &'static str, place: &str) -> PersistenceError {
    PersistenceError::Io {
        action,
        place: place.into(),
        source: Arc::new(std::io::Error::other("a bad sector")),
    }
}

/// A full disk.
pub(crate) fn full(action: &'static str, place: &str) -> PersistenceError {
    PersistenceError::StorageFull {
        action,
        place: place.into(),
        source: Arc::new(std::io::Error::other("no room")),
    }
}

impl StorageBackend for Probe {
    type Staged = ProbeStaged;

    fn location(&self) -> String {
        "probe".into()
    }

    fn survives(&self) -> Survives {
        self.disk.survives()
    }

    fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    fn unique(&self) -> u64 {
        self.disk.unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        let read = self
            .around(Call::Read(key.clone()), self.disk.read(key, range))
            .await?;
        let len = read.as_ref().map_or(0, Bytes::len) as u64;
        self.shared.bytes_read.fetch_add(len, Ordering::Relaxed);
        Ok(read)
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        let mut listed = self.around(Call::List, self.disk.list(prefix)).await?;
        if self.by_folder {
            let is_manifest = |entry: &Entry| entry.key.as_str().starts_with("manifest/");
            let later = self.around(Call::List, self.disk.list(prefix)).await?;
            listed.retain(is_manifest);
            listed.extend(later.into_iter().filter(|entry| !is_manifest(entry)));
        }
        Ok(listed)
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.around(Call::Write(key.clone()), self.disk.write(key, data))
            .await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        let work = self.disk.append(key, position, data);
        self.around(Call::Append(key.clone()), work).await
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        if self.refuses_hints {
            return Err(io("reserve room in", key.as_str()));
        }
        self.disk.reserve(key, until).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        self.around(Call::Sync(key.clone()), self.disk.sync(key))
            .await
    }

    async fn stage(&self, key: &Key) -> Result<ProbeStaged> {
        let staged = self
            .around(Call::Stage(key.clone()), self.disk.stage(key))
            .await?;
        Ok(ProbeStaged {
            staged,
            key: key.clone(),
            probe: self.clone(),
        })
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.around(Call::Delete(key.clone()), self.disk.delete(key))
            .await
    }
}

/// A save through a [`Probe`].
pub(crate) struct ProbeStaged {
    staged: MemoryStaged,
    key: Key,
    probe: Probe,
}

impl Staged for ProbeStaged {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        let call = Call::StagedWrite(self.key.clone());
        self.probe.around(call, self.staged.write(data)).await
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        let call = Call::Commit(self.key.clone());
        self.probe
            .around(call, self.staged.commit(precondition))
            .await
    }
}
