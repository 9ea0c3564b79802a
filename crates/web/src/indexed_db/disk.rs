//! A disk without a free block, because other programs have filled it.
//!
//! Chromium notices it in the middle of a record of its own log, and ends all connections of the
//! site. If a database is opened while there is a little room again, Chromium goes on writing
//! behind that half record. At a later start it takes the log for damaged and deletes everything
//! that the site has stored. An open makes Chromium begin a new log to prevent that (`new_log`),
//! which needs room as well.
//!
//! So after the browser has ended a connection by itself, nothing is opened until so much room was
//! seen. No number tells how much there is: `estimate()` does not measure the disk. The trial is
//! made in Cache Storage, where each entry is a file of its own: a failure harms nothing. Only the
//! errors that a full disk was seen to give count as one. A used-up quota gives another error,
//! before anything is written. Where no trial can be made at all (a worker of a blob, an
//! extension's page), the error says nothing about the disk.

use std::cell::Cell;
use std::pin::Pin;
use std::time::Duration;

use web_sys::IdbFactory;

use crate::error::BrowserError;
use crate::slot::detached;
use crate::timer::within;
use crate::{global, witness};

/// In bytes. LevelDB writes its log again from a buffer of 4 MiB, and a list of its files.
const NEEDED: u32 = 8 << 20;

/// The browser may never answer while the site's data is cleared. A trial takes a tenth of this.
const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    static IS_IN_DOUBT: Cell<bool> = const { Cell::new(false) };
}

/// Notes that a connection has broken, perhaps for lack of room.
pub(super) fn doubt() {
    IS_IN_DOUBT.set(global::is_chromium());
}

/// The databases. Fails while lack of room is suspected and no room can be seen.
///
/// Boxed to keep the code small: each caller would have a copy of it.
pub(super) fn databases() -> Pin<Box<dyn Future<Output = Result<IdbFactory, BrowserError>>>> {
    Box::pin(async {
        if IS_IN_DOUBT.get() {
            // Detached: a trial that takes longer removes what it stored all the same.
            match within(PATIENCE, detached(witness::has_room(NEEDED))).await {
                Some(true) => IS_IN_DOUBT.set(false),
                // As Chromium calls it, where it finds out itself.
                Some(false) => return Err(BrowserError::new("QuotaExceededError", "disk full")),
                // It is tried again at the next open.
                None => {}
            }
        }
        global::indexed_db().ok_or_else(|| {
            BrowserError::new(
                "NotAllowedError",
                "there is no IndexedDB here: a private window, or storage is switched off",
            )
        })
    })
}
