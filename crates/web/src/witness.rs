//! A note outside the database, by which an evicted store is told from an empty one.
//!
//! A browser may throw a site's data away: under storage pressure, after weeks without a visit, or
//! because its database was damaged and Chromium starts a new one in its place. The next open then
//! finds nothing, just as on the first day. So the first open leaves a note in other places. An
//! open that finds a note but no database reports the loss instead of starting afresh.
//!
//! | place | who sees it | what it outlives |
//! |---|---|---|
//! | `localStorage` | windows | Chromium's eviction, which takes the other places too |
//! | Cache Storage | windows and workers | a deleted or damaged database |
//!
//! A note is written after the database is durable and before the open is answered, so there is
//! never a note without a store. Writing it is best effort: a failure to write it is no reason to
//! refuse to save.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, Response};

use crate::error::BrowserError;
use crate::global;

const CACHE: &str = "steadfast";
const TRIAL: &str = "/.steadfast-trial";
const NOTE: &str = "a store of steadfast was created here";

/// The address of a request that is never sent to a server: it only names the note.
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
    noted || in_cache(place).await
}

/// Leaves the notes that are missing.
pub(crate) async fn note(place: &str) {
    if let Some(notes) = global::local_storage() {
        // `localStorage` is full or blocked: the other place remembers.
        let _ = notes.set_item(&entry(place), NOTE);
    }
    if !in_cache(place).await {
        // If the cache is blocked, `localStorage` remembers. The entry itself is the note.
        let _ = into_cache(&address(place), 0).await;
    }
}

/// Removes the notes: the store is going to be deleted.
pub(crate) async fn forget(place: &str) {
    if let Some(notes) = global::local_storage() {
        // Where it is blocked, nothing was noted.
        let _ = notes.remove_item(&entry(place));
    }
    // If the cache is blocked, nothing was noted there.
    let _ = out_of_cache(&address(place)).await;
}

/// Whether the disk has room for as many bytes. `None` where that cannot be found out, as with a
/// quota that is used up.
pub(crate) async fn has_room(length: u32) -> Option<bool> {
    let stored = into_cache(TRIAL, length).await;
    // Removes the trial entry; also what is left of one that failed.
    let _ = out_of_cache(TRIAL).await;
    match stored {
        Ok(_) => Some(true),
        // Of two trials after each other, the second finds what the first has begun.
        Err(thrown) => matches!(
            BrowserError::from(thrown).name.as_str(),
            "UnknownError" | "InvalidAccessError"
        )
        .then_some(false),
    }
}

async fn in_cache(place: &str) -> bool {
    let Ok(cache) = cache().await else {
        return false;
    };
    let found = JsFuture::from(cache.match_with_str(&address(place))).await;
    found.is_ok_and(|found| !found.is_undefined())
}

/// Stores so many zeros.
async fn into_cache(address: &str, length: u32) -> Result<JsValue, JsValue> {
    let bytes = Uint8Array::new_with_length(length);
    let response = Response::new_with_opt_buffer_source(Some(&bytes))?;
    JsFuture::from(cache().await?.put_with_str(address, &response)).await
}

async fn out_of_cache(address: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(cache().await?.delete_with_str(address)).await
}

async fn cache() -> Result<Cache, JsValue> {
    let caches = global::caches().ok_or(JsValue::UNDEFINED)?;
    Ok(JsFuture::from(caches.open(CACHE)).await?.unchecked_into())
}
