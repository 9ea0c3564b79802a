//! The backend trait: what a store requires of its storage.
//!
//! Everything above (log, snapshots, manifest, recovery) is written against [`StorageBackend`]
//! alone and knows no file, no rename and no transaction. A backend in turn knows nothing of logs
//! and snapshots: it keeps named streams of bytes, and promises for each method what is there after
//! `Ok` and what may be there after a crash before `Ok`. The table of method × backend with the
//! test behind each cell is `docs/contract.md`.
//!
//! Two ways to put bytes down, because storage has two:
//! * **a save** replaces a whole value: [`stage`](StorageBackend::stage), write as often as needed,
//!   then [`commit`](Staged::commit). Atomic and durable, at the price of the backend's publishing
//!   step.
//! * **a log** grows: [`append`](StorageBackend::append), then [`sync`](StorageBackend::sync).
//!   Cheap, but a crash may leave any part of what was not synced, so only checksummed records go
//!   there.
//!
//! ## The futures
//! Methods return futures because databases in a browser and object stores do. A dropped future is
//! a crash as far as the contract goes: the next open meets a state that the right-hand column of
//! the contract allows. Backends whose futures are ready at once say so with [`Immediate`].

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

/// The range that means "all of it": reads are cut to what is there.
pub const WHOLE: Range<u64> = 0..u64::MAX;

/// Borrowed data is copied in pieces of this length: a large value is never in memory twice.
const COPIED_LEN: usize = 1 << 20;

/// A place that keeps named streams of bytes.
///
/// # Contract
/// * Every method may be called from several tasks at once. Concurrent saves of one key leave one
///   of them whole.
/// * After a failed [`append`](Self::append) or [`sync`](Self::sync) the stream is dead on this
///   handle: every later `append` and `sync` of it fails with
///   [`Poisoned`](crate::PersistenceError::Poisoned). A flush is never retried: the bytes may be
///   gone although the second flush succeeds.
/// * An error that leaves open whether a save happened is
///   [`OutcomeUnknown`](crate::PersistenceError::OutcomeUnknown); every other error of a save means
///   that the old value is there.
/// * Nothing read is trusted: backends bound what they allocate by what is really stored.
pub trait StorageBackend: MaybeSend + MaybeSync + 'static {
    /// The first phase of a save; see [`stage`](Self::stage).
    type Staged: Staged;

    /// Where this is, for messages: a path, a URL, `memory`.
    fn location(&self) -> String;

    /// What acknowledged data outlives here. Declared, and tested by the conformance suite.
    fn survives(&self) -> Survives;

    /// Whether this handle keeps every other writer out for as long as it lives (a lock held by the
    /// operating system). The log fences its predecessor either way: a lock does not keep out a
    /// second store over the same handle.
    fn is_exclusive(&self) -> bool;

    /// A number that no other call returns, on any handle or machine, but with negligible
    /// probability: it names stores and salts log segments.
    fn unique(&self) -> u64;

    /// The bytes of `key` in `range`, cut to the stream's length; `None` where the key is absent.
    ///
    /// Bytes that were written or appended through this handle are seen whether synced or not.
    fn read(
        &self,
        key: &Key,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Option<Bytes>>> + MaybeSend;

    /// Keys under `prefix` and their lengths, in name order. Staged and temporary things never
    /// appear.
    fn list(&self, prefix: &Prefix) -> impl Future<Output = Result<Vec<Entry>>> + MaybeSend;

    /// Replaces the stream. Durable only after [`sync`](Self::sync); a crash before that may leave
    /// *anything*, so this is for what can be lost.
    fn write(&self, key: &Key, data: Bytes) -> impl Future<Output = Result<()>> + MaybeSend;

    /// Adds `data` at `position`, creating the stream at position 0. Durable only after
    /// [`sync`](Self::sync).
    ///
    /// After a crash before that: any prefix or torn part of it.
    ///
    /// # Errors
    /// [`Conflict`](crate::PersistenceError::Conflict) where the stream does not end at `position`;
    /// nothing was written.
    fn append(
        &self,
        key: &Key,
        position: u64,
        data: Bytes,
    ) -> impl Future<Output = Result<()>> + MaybeSend;

    /// A hint: the stream will grow to `until` bytes by many small appends, each of them flushed.
    ///
    /// A backend may get ready for that, by writing zeros where the appends will go: then a flush
    /// has no new length to make durable. This handle shows none of them but where an append is
    /// under way or has failed, or the stream is replaced at that moment. Others do, and so does
    /// the next one after a crash: what was appended is then followed by zeros, up to `until` at
    /// most, and appends go on behind them. So this is for streams whose reader knows where they
    /// end. A hint costs nobody anything: where there is no room for it, it is passed over. An
    /// `until` that was reached gives back what is left.
    ///
    /// # Errors
    /// [`Poisoned`](crate::PersistenceError::Poisoned) on a dead stream.
    fn reserve(&self, key: &Key, until: u64) -> impl Future<Output = Result<()>> + MaybeSend {
        let _ = (key, until);
        async { Ok(()) }
    }

    /// Makes everything that [`read`](Self::read) shows of `key` durable, the key's own existence
    /// included: what was written or appended through this handle, and what a predecessor left that
    /// was killed before its flush.
    fn sync(&self, key: &Key) -> impl Future<Output = Result<()>> + MaybeSend;

    /// Begins a save: what is written to the result stays invisible until its
    /// [`commit`](Staged::commit).
    ///
    /// After a crash, or when the result is dropped: nothing visible. Leftovers are cleaned at the
    /// next open.
    fn stage(&self, key: &Key) -> impl Future<Output = Result<Self::Staged>> + MaybeSend;

    /// Removes the key, durably. An absent key is not an error. After a crash before `Ok`: there or
    /// gone.
    fn delete(&self, key: &Key) -> impl Future<Output = Result<()>> + MaybeSend;

    /// Saves a whole value, both phases in one call: after `Ok` the new value is durable, after a
    /// crash before it the old value is whole or the new one is.
    fn atomic_write(&self, key: &Key, data: Bytes) -> impl Future<Output = Result<()>> + MaybeSend {
        save(self, key, data, Precondition::None)
    }

    /// [`atomic_write`](Self::atomic_write), but only where the key is absent.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::PersistenceError::AlreadyExists) where it is taken; nothing was
    /// changed.
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

    /// [`write`](Self::write) for data that is only borrowed. Without a better way it is copied, a
    /// piece at a time.
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
    /// [`AlreadyExists`](crate::PersistenceError::AlreadyExists) for [`Precondition::Absent`] on a
    /// taken key; [`OutcomeUnknown`](crate::PersistenceError::OutcomeUnknown) where it failed after
    /// it may have been published. After every other error the old value is there.
    fn commit(self, precondition: Precondition) -> impl Future<Output = Result<()>> + MaybeSend;
}

/// A backend whose futures are ready at their first poll: it never suspends, so a synchronous
/// program can use it without a runtime.
pub trait Immediate: StorageBackend {}
