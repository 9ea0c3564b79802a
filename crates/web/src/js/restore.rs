//! Back to what a backup holds.
//!
//! Into a living database the way back is one commit, the difference between the two states: atomic, seen by all tabs, and itself
//! a part of the history. A home that does not open any more is replaced: [`copy_store`] marks it as unfinished first, so that a
//! crash in between leaves something that says of itself that it is no database, and restoring again works.

use bytes::Bytes;
use js_sys::Array;
use steadfast_core::{Key, Kv, KvBatch, Result, StorageBackend, Store, copy_store, verify};

use super::home::Home;
use super::live::Live;
use super::streams::take;

/// Keys that begin with this are the package's own: they are neither copied nor removed.
const RESERVED: &[u8] = b"\0steadfast/";
/// What [`copy_store`] calls its marker.
const UNFINISHED_COPY: &str = "unfinished-copy";

/// The state in a backup's streams, every checksum checked.
pub(super) async fn state_in(streams: &Array) -> Result<Kv> {
    let memory = checked(streams).await?;
    Ok(Store::<Live, Home>::load(&memory).await?.0.kv)
}

async fn checked(streams: &Array) -> Result<Home> {
    let memory = take(streams)?;
    match verify(&memory).await?.damage.into_iter().next() {
        Some(damage) => Err(damage),
        None => Ok(memory),
    }
}

/// Adds to `batch` the changes that make `now` what `then` is.
pub(super) fn add_difference(batch: &mut KvBatch, now: &Kv, then: &Kv) -> Result<()> {
    for (key, _) in now.iter().filter(|(key, _)| !key.starts_with(RESERVED)) {
        if !then.contains_key(key) {
            batch.delete(key)?;
        }
    }
    for (key, value) in then.iter().filter(|(key, _)| !key.starts_with(RESERVED)) {
        if now.get(key) != Some(value) {
            batch.put(key, value)?;
        }
    }
    Ok(())
}

/// Replaces whatever is on `backend` by the backup's store.
pub(super) async fn replace(backend: &Home, streams: &Array) -> Result<()> {
    let memory = checked(streams).await?;
    // The marker makes everything else here the remains of an unfinished copy, which `copy_store` clears away.
    let note =
        Bytes::from_static(b"This database is being replaced by a backup. Restore it again.\n");
    backend
        .atomic_write(&Key::new(UNFINISHED_COPY)?, note)
        .await?;
    copy_store(&memory, backend, None).await?;
    Ok(())
}
