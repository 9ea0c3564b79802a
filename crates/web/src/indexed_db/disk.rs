//! A disk without a free block, because other programs have filled it.
//!
//! Chromium notices it in the middle of a record of its own log, and ends all connections of the
//! site. If a database is opened while there is a little room again, Chromium goes on writing
//! behind that half record. At a later start it takes the log for damaged and deletes everything
//! that the site has stored, or for one that ends with the half record, and takes what stands
//! behind that for nothing. Chromium has to begin a new log before anything is saved
//! (`new_log::force`), which needs room as well.
//!
//! So after the browser has ended a connection by itself, nothing is opened until so much room was
//! seen, or nothing can be seen. No number tells how much there is: `estimate()` does not measure
//! the disk. The trial is made in Cache Storage, where each entry is a file of its own: a failure
//! harms nothing. Only the errors that a full disk was seen to give count as one. A used-up quota
//! gives another error. Where no trial can be made at all (a worker of a blob, an extension's
//! page), the error says nothing about the disk.

use std::cell::Cell;
use std::pin::Pin;
use std::time::Duration;

use web_sys::IdbFactory;

use super::new_log;
use crate::error::BrowserError;
use crate::slot::detached;
use crate::timer::within;
use crate::{global, witness};

/// In bytes: what a new log takes on the disk, and counts of the quota.
const NEEDED: u32 = 16 << 20;

/// For a trial and the new log together, which take a fifth of this. The browser may never answer
/// while the site's data is cleared, or while a suspended tab has what the new log is made with.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    /// How many connections have broken, and how many of them are known to have done no harm.
    static BROKEN: Cell<u32> = const { Cell::new(0) };
    static HARMLESS: Cell<u32> = const { Cell::new(0) };
}

/// Notes that a connection has broken, perhaps for lack of room.
pub(super) fn doubt() {
    if global::is_chromium() {
        BROKEN.set(BROKEN.get().wrapping_add(1));
    }
}

/// The databases. Fails while lack of room is suspected and no room can be seen.
///
/// Boxed to keep the code small: each caller would have a copy of it.
pub(super) fn databases() -> Pin<Box<dyn Future<Output = Result<IdbFactory, BrowserError>>>> {
    Box::pin(async {
        let databases = global::indexed_db().ok_or_else(|| {
            BrowserError::new(
                "NotAllowedError",
                "there is no IndexedDB here: a private window, or storage is switched off",
            )
        })?;
        let broken = BROKEN.get();
        if broken != HARMLESS.get() {
            // Detached: a trial that takes longer removes what it stored all the same.
            let renewed = detached(renewed(databases.clone()));
            let renewed = within(PATIENCE, renewed).await.flatten();
            if renewed == Some(false) {
                // As Chromium calls it, where it finds out itself.
                return Err(BrowserError::new("QuotaExceededError", "disk full"));
            }
            if renewed.is_some() {
                HARMLESS.set(broken);
            }
        }
        Ok(databases)
    })
}

/// Whether there is room, and a new log. `None` where it cannot be found out whether there is room:
/// the next open tries again.
async fn renewed(databases: IdbFactory) -> Option<bool> {
    match witness::has_room(NEEDED).await {
        Some(true) => Some(new_log::force(&databases).await.is_ok()),
        other => other,
    }
}
