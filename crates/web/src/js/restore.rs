//! Backups, and the way back.
//!
//! Into a living database the way back is one commit, the difference between the two states:
//! atomic, seen by all tabs, and itself a part of the history. A home that does not open any more
//! is replaced: it is marked as unfinished first, so that a crash in between leaves something that
//! says of itself that it is no database, and restoring again works.
//!
//! The package's own keys are neither copied nor removed. A backup gets the marker of the package's
//! values, and one that has none is another program's: see `foreign`.

use bytes::Bytes;
use js_sys::Array;
use steadfast_core::{Key, Kv, KvBatch, Prefix, Result, StorageBackend, Store, StoreOptions};
use wasm_bindgen::JsValue;

use super::foreign::tagged;
use super::home::Home;
use super::live::Live;
use super::shelf::Shelf;
use super::{streams, values};

/// A backup is made of commits this long, in bytes.
const COMMIT_LEN: usize = 8 << 20;
/// A marker of the core's: next to it, whatever else is there is no store.
const UNFINISHED_COPY: &str = "unfinished-copy";
/// The manifest makes the other streams a store, so it comes last.
const MANIFESTS: &str = "manifest/";

/// The streams of a new store that holds this state.
pub(super) async fn streams_of(kv: &Kv) -> Result<JsValue> {
    streams::give(&Home::Memory(copy_of(kv).await?)).await
}

async fn copy_of(kv: &Kv) -> Result<Shelf> {
    let shelf = Shelf::default();
    let home = Home::Memory(shelf.clone());
    let store: Store<Live, Home> = Store::open(home, StoreOptions::default()).await?;
    let mut batch = KvBatch::new();
    values::mark(&mut batch)?;
    let mut len = 0;
    for (key, value) in values::of_the_user(kv) {
        batch.put(key, value)?;
        len += key.len() + value.len();
        if len >= COMMIT_LEN {
            store.commit(std::mem::take(&mut batch)).await?;
            len = 0;
        }
    }
    store.commit(batch).await?;
    store.close().await?;
    Ok(shelf)
}

/// The state in a backup's streams, its values being the package's. Loading it checks every
/// checksum of what it is made of.
pub(super) async fn state_in(backup: &Array) -> Result<Kv> {
    tagged(load(backup).await?)
}

async fn load(backup: &Array) -> Result<Kv> {
    let memory = Home::Memory(streams::take(backup)?);
    Ok(Store::<Live, Home>::load(&memory).await?.0.kv)
}

/// Replaces whatever is on `home` by the backup's store.
pub(super) async fn replace(home: &Home, backup: &Array) -> Result<()> {
    // A backup that does not load replaces nothing.
    let then = load(backup).await?;
    let backup = if values::is_tagged(&then) {
        streams::take(backup)?
    } else {
        copy_of(&tagged(then)?).await?
    };
    let marker = Key::new(UNFINISHED_COPY)?;
    let note =
        Bytes::from_static(b"This database is being replaced by a backup. Restore it again.\n");
    home.atomic_write(&marker, note).await?;
    for entry in home.list(&Prefix::ROOT).await? {
        if entry.key != marker {
            home.delete(&entry.key).await?;
        }
    }
    let (manifests, others): (Vec<_>, Vec<_>) = backup
        .into_streams()
        .into_iter()
        .partition(|(key, _)| key.as_str().starts_with(MANIFESTS));
    for (key, data) in others.into_iter().chain(manifests) {
        home.atomic_write(&key, Bytes::from(data)).await?;
    }
    home.delete(&marker).await
}
