//! Evicted is not empty: a witness outside the database.
//!
//! A browser may throw a site's data away: under storage pressure, after weeks without a visit, or
//! because its database was damaged and Chromium starts a new one in its place. The next open then
//! finds nothing, just as on the first day. So the first open leaves a note in other places, and an
//! open that finds no database but a note tells the loss instead of starting afresh.
//!
//! | place | who sees it | what it outlives |
//! |---|---|---|
//! | `localStorage` | windows | Chromium's eviction, which takes the other places along with the database |
//! | Cache Storage | windows and workers | a deleted or damaged database |
//!
//! A note is written after the database is durable and before the open is answered, so there is
//! never a note without a store. Writing it is best effort: a witness that cannot be had is no
//! reason to refuse to save.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, Response};

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
    noted || in_cache(place).await
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

async fn cache() -> Option<Cache> {
    let opening = global::caches()?.open(CACHE);
    JsFuture::from(opening)
        .await
        .ok()
        .map(JsCast::unchecked_into)
}

async fn in_cache(place: &str) -> bool {
    let Some(cache) = cache().await else {
        return false;
    };
    let found = JsFuture::from(cache.match_with_str(&address(place))).await;
    found.is_ok_and(|found| !found.is_undefined())
}

async fn into_cache(place: &str) -> Option<()> {
    if in_cache(place).await {
        return Some(());
    }
    let note = Response::new_with_opt_str(Some(NOTE)).ok()?;
    let putting = cache().await?.put_with_str(&address(place), &note);
    JsFuture::from(putting).await.ok().map(drop)
}

async fn out_of_cache(place: &str) -> Option<()> {
    let deleting = cache().await?.delete_with_str(&address(place));
    JsFuture::from(deleting).await.ok().map(drop)
}
