//! A disk without a free block, because other programs have filled it.
//!
//! Chromium finds out in the midst of a record of its own log, and ends all connections of the
//! site. Whoever opens a database then and finds a little room writes on behind that half record;
//! at a later start Chromium takes the log for damaged, and deletes all that the site has stored.
//! An open has it begin a new log against that (`new_log`), which needs room as well.
//!
//! So once the browser has ended a connection by itself, nothing is opened before as much room was
//! seen. No number tells of it: `estimate()` does not measure the disk. The trial is made in Cache
//! Storage, where each entry is a file of its own: it harms nobody if it fails. Only the errors
//! that a full disk was seen to give count as one. A used-up quota gives another error, before
//! anything is written. Where no trial can be made (a worker of a blob, an extension's page), the
//! error says nothing of the disk.

use std::cell::Cell;
use std::pin::Pin;
use std::time::Duration;

use web_sys::IdbFactory;

use crate::error::BrowserError;
use crate::slot::detached;
use crate::timer::within;
use crate::{global, witness};

/// LevelDB writes its log anew from a buffer of 4 MiB, and a list of its files. In bytes.
const NEEDED: u32 = 8 << 20;

/// While the site's data is cleared, the browser may never answer. The trial takes a tenth of that.
const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    static IS_IN_DOUBT: Cell<bool> = const { Cell::new(false) };
}

/// A connection has broken, and it may have been for want of room.
pub(super) fn doubt() {
    IS_IN_DOUBT.set(global::is_chromium());
}

/// The databases; fails while it is in doubt whether there is room, and none can be seen.
///
/// Boxed, for size: each caller would have a copy of it.
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
