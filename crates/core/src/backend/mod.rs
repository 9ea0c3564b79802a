//! The backend trait: what a store requires of its storage.
//!
//! Everything above (log, snapshots, manifest, recovery) is written against [`StorageBackend`]
//! alone and knows no file, no rename and no transaction. A backend in turn knows nothing of logs
//! and snapshots. It keeps named streams of bytes. For each method it promises what is there after
//! `Ok`, and what may be there after a crash before `Ok`. `docs/contract.md` is the table of method
//! × backend, with the test behind each cell.
//!
//! There are two ways to write, because storage has two:
//! * **a save** replaces a whole value: [`stage`](StorageBackend::stage), write as often as needed,
//!   then [`commit`](Staged::commit). It is atomic and durable, at the price of the backend's
//!   publishing step.
//! * **a log** grows: [`append`](StorageBackend::append), then [`sync`](StorageBackend::sync). It
//!   is cheap, but a crash may leave any part of what was not flushed, so only checksummed records
//!   go there.
//!
//! ## The futures
//! Methods return futures because databases in a browser and object stores do. For the contract, a
//! dropped future is a crash: the next open meets a state that the right-hand column of the
//! contract allows. Backends whose futures are ready at once say so with [`Immediate`].

mod entry;
mod precondition;
mod shared;
mod survives;

use std::future::Future;
use std::ops::Range;

use bytes::Bytes;

pub use entry::Entry;
pub use precondition::Precondition;
pub use survives::Survives;

use crate::error::Result;
use crate::key::{Key, Prefix};
use crate::maybe_send::{MaybeSend, MaybeSync};

/// The range that means "all of it": a read is cut to the stream's length.
pub const WHOLE: Range<u64> = 0..u64::MAX;

/// Borrowed data is copied in pieces of this length, so a large value is never in memory twice.
const COPIED_LEN: usize = 1 << 20;

/// A place that keeps named streams of bytes.
///
/// # Contract
/// * Every method may be called from several tasks at once. Concurrent saves of one key leave one
///   of them whole.
/// * After a failed [`append`](Self::append) or [`sync`](Self::sync) the stream is dead on this
///   handle: every later `append` and `sync` of it fails with
///   [`Poisoned`](crate::PersistenceError::Poisoned). A flush is never retried: the bytes may be
///   lost even though the second flush succeeds.
/// * If a save may or may not have happened, the error is
///   [`OutcomeUnknown`](crate::PersistenceError::OutcomeUnknown). After every other error of a save
///   the old value is there.
/// * Nothing read is trusted: a backend allocates no more than what is really stored.
pub trait StorageBackend: MaybeSend + MaybeSync + 'static {
    /// The first phase of a save; see [`stage`](Self::stage).
    type Staged: Staged;

    /// Where this is, for messages: a path, a URL, `memory`.
    fn location(&self) -> String;

    /// What acknowledged data survives on this backend. Declared here, and tested by the
    /// conformance suite.
    fn survives(&self) -> Survives;

    /// Whether this handle keeps every other writer out for as long as it lives (a lock held by the
    /// operating system). The log fences its predecessor in either case, because a lock does not
    /// keep out a second store over the same handle.
    fn is_exclusive(&self) -> bool;

    /// A number that no other call returns, on any handle or machine, except with negligible
    /// probability. It names stores and salts log segments.
    fn unique(&self) -> u64;

    /// The bytes of `key` in `range`, cut to the stream's length; `None` if the key is absent.
    ///
    /// Bytes that were written or appended through this handle are visible, flushed or not.
    fn read(
        &self,
        key: &Key,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Option<Bytes>>> + MaybeSend;

    /// The keys under `prefix` and their lengths, in name order. Staged and temporary data never
    /// appears.
    fn list(&self, prefix: &Prefix) -> impl Future<Output = Result<Vec<Entry>>> + MaybeSend;

    /// Replaces the stream. It is durable only after [`sync`](Self::sync). A crash before that may
    /// leave *anything*, so use this only for data that may be lost.
    fn write(&self, key: &Key, data: Bytes) -> impl Future<Output = Result<()>> + MaybeSend;

    /// Adds `data` at `position`, and creates the stream at position 0. It is durable only after
    /// [`sync`](Self::sync).
    ///
    /// A crash before that leaves any prefix or torn part of it.
    ///
    /// # Errors
    /// [`Conflict`](crate::PersistenceError::Conflict) if the stream does not end at `position`;
    /// then nothing was written.
    fn append(
        &self,
        key: &Key,
        position: u64,
        data: Bytes,
    ) -> impl Future<Output = Result<()>> + MaybeSend;

    /// A hint: the stream will grow to `until` bytes by many small appends, each of them flushed.
    ///
    /// A backend may write zeros where the appends will go. Then a flush has no new length to make
    /// durable. Best effort: a backend may ignore the hint, and never fails for lack of space.
    ///
    /// This handle does not show the zeros, with three exceptions: while an append is under way,
    /// after an append failed, or at the moment when the stream is replaced. Other handles show
    /// them, and so does the next handle after a crash. There the appended bytes are followed by
    /// zeros, up to `until` at most, and appends continue behind the zeros. So use this only for
    /// streams whose reader knows where they end. A call with an `until` that the stream has
    /// already reached gives the unused space back.
    ///
    /// # Errors
    /// [`Poisoned`](crate::PersistenceError::Poisoned) on a dead stream.
    fn reserve(&self, key: &Key, until: u64) -> impl Future<Output = Result<()>> + MaybeSend {
        let _ = (key, until);
        async { Ok(()) }
    }

    /// Makes everything that [`read`](Self::read) shows of `key` durable, including the existence
    /// of the key. That covers what was written or appended through this handle, and what a
    /// predecessor left that was killed before its flush.
    fn sync(&self, key: &Key) -> impl Future<Output = Result<()>> + MaybeSend;

    /// Begins a save. What is written to the result stays invisible until its
    /// [`commit`](Staged::commit).
    ///
    /// After a crash, or when the result is dropped, nothing is visible. The next open removes what
    /// is left over.
    fn stage(&self, key: &Key) -> impl Future<Output = Result<Self::Staged>> + MaybeSend;

    /// Removes the key durably. An absent key is not an error. After a crash before `Ok` the key is
    /// there or gone.
    fn delete(&self, key: &Key) -> impl Future<Output = Result<()>> + MaybeSend;

    /// Saves a whole value, with both phases in one call. After `Ok` the new value is durable. A
    /// crash before that leaves the whole old value or the whole new one.
    fn atomic_write(&self, key: &Key, data: Bytes) -> impl Future<Output = Result<()>> + MaybeSend {
        save(self, key, data, Precondition::None)
    }

    /// [`atomic_write`](Self::atomic_write), but only if the key is absent.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::PersistenceError::AlreadyExists) if the key exists; then nothing
    /// was changed.
    fn atomic_create(
        &self,
        key: &Key,
        data: Bytes,
    ) -> impl Future<Output = Result<()>> + MaybeSend {
        save(self, key, data, Precondition::Absent)
    }
}

/// Both phases of a save.
async fn save<B: StorageBackend + ?Sized>(
    backend: &B,
    key: &Key,
    data: Bytes,
    precondition: Precondition,
) -> Result<()> {
    let mut staged = backend.stage(key).await?;
    staged.write(data).await?;
    staged.commit(precondition).await
}

/// A save between its two phases. Dropping it discards it.
pub trait Staged: MaybeSend + 'static {
    /// Adds `data` to the new value, in bounded memory.
    fn write(&mut self, data: Bytes) -> impl Future<Output = Result<()>> + MaybeSend;

    /// [`write`](Self::write) for borrowed data. By default the data is copied piece by piece.
    fn write_borrowed(&mut self, data: &[u8]) -> impl Future<Output = Result<()>> + MaybeSend {
        async move {
            for piece in data.chunks(COPIED_LEN) {
                self.write(Bytes::copy_from_slice(piece)).await?;
            }
            Ok(())
        }
    }

    /// Publishes the new value: after `Ok` it is whole and durable.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::PersistenceError::AlreadyExists) for [`Precondition::Absent`] if
    /// the key exists. [`OutcomeUnknown`](crate::PersistenceError::OutcomeUnknown) if the save
    /// failed after it may have been published. After every other error the old value is there.
    fn commit(self, precondition: Precondition) -> impl Future<Output = Result<()>> + MaybeSend;
}

/// A backend whose futures are ready at their first poll: it never suspends, so a synchronous
/// program can use it without a runtime.
pub trait Immediate: StorageBackend {}
