//! Evicted is not empty: a witness outside the database.
//!
//! A browser may throw a site's data away: under storage pressure, after weeks without a visit, or because its database
//! was damaged and Chromium starts a new one in its place. The next open then finds nothing, just as on the first day. So the first open leaves a note in other
//! places, and an open that finds no database but a note tells the loss instead of starting afresh.
//!
//! | place | who sees it | what it outlives |
//! |---|---|---|
//! | `localStorage` | windows | Chromium's eviction, which takes the other places along with the database |
//! | Cache Storage | windows and workers | a deleted or damaged database |
//!
//! A note is written after the database is durable and before the open is answered, so there is never a note without a store. Writing it is
//! best effort: a witness that cannot be had is no reason to refuse to save.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, Response};

use crate::error::BrowserError;
use crate::global;

const CACHE: &str = "steadfast";
const NOTE: &str = "a store of steadfast was created here";

/// A request that no server is ever asked: its address only names the note.
fn address(place: &str) -> String {
    let name: String = js_sys::encode_uri_component(place).into();
    format!("/.steadfast-witness/{name}")
}

fn entry(place: &str) -> String {
    format!("steadfast witness {place}")
}

/// Whether any witness remembers a store at `place`.
pub(crate) async fn remembers(place: &str) -> bool {
    let noted = global::local_storage()
        .and_then(|notes| notes.get_item(&entry(place)).ok().flatten())
        .is_some();
    noted || in_cache(place).await.unwrap_or(false)
}

/// Leaves the notes that are missing.
pub(crate) async fn note(place: &str) {
    if let Some(notes) = global::local_storage() {
        // A full or blocked notebook: the other place remembers.
        let _ = notes.set_item(&entry(place), NOTE);
    }
    // As above.
    let _ = into_cache(place).await;
}

/// Removes the notes: the store is to go.
pub(crate) async fn forget(place: &str) {
    if let Some(notes) = global::local_storage() {
        // Nothing was noted where it is blocked.
        let _ = notes.remove_item(&entry(place));
    }
    // As above.
    let _ = out_of_cache(place).await;
}

async fn cache() -> Result<Option<Cache>, BrowserError> {
    let Some(caches) = global::caches() else {
        return Ok(None);
    };
    let cache = JsFuture::from(caches.open(CACHE)).await?;
    Ok(Some(cache.unchecked_into()))
}

async fn in_cache(place: &str) -> Result<bool, BrowserError> {
    let Some(cache) = cache().await? else {
        return Ok(false);
    };
    let found = JsFuture::from(cache.match_with_str(&address(place))).await?;
    Ok(!found.is_undefined())
}

async fn into_cache(place: &str) -> Result<(), BrowserError> {
    if in_cache(place).await? {
        return Ok(());
    }
    if let Some(cache) = cache().await? {
        let note = Response::new_with_opt_str(Some(NOTE))?;
        JsFuture::from(cache.put_with_str(&address(place), &note)).await?;
    }
    Ok(())
}

async fn out_of_cache(place: &str) -> Result<(), BrowserError> {
    if let Some(cache) = cache().await? {
        JsFuture::from(cache.delete_with_str(&address(place))).await?;
    }
    Ok(())
}
