//! A new log for Chromium, whose own would take the database with it one day.
//!
//! Chromium keeps all IndexedDB of a site in one LevelDB, and each start goes on writing at the end
//! of the log it finds. A kill or a power cut may have left half a record there. That is no damage
//! yet: it was never acknowledged. But the start after sees it in the middle of the log, takes the
//! log for damaged, and deletes everything of the site. (Chromium OS does not go on with old logs,
//! for that reason: crbug.com/460568.)
//!
//! A page cannot ask for a new log. But what a deleted database had is compacted away, and LevelDB
//! begins a compaction with a new log; the old one goes once what it holds is in a table. So every
//! open for writing makes a database of nothing and deletes it. What is left is the moment until
//! the compaction is done: only a second crash in there, after one that left half a record, meets
//! the old log.
//!
//! The list of its files (MANIFEST) is treated as the log is, and each compaction writes to it: a
//! crash between two of these writes takes all of the site's data at the start after the next.
//! Nothing that a page can do makes Chromium begin a new list (google/leveldb#1287, open as of
//! 2026).

use std::rc::Rc;

use super::connection::{Creation, request, request_deletion};
use crate::global;
use crate::task::spawn;

/// Neither a store's name nor one that an application would give: the database is deleted, whatever
/// is in it.
const NAME: &str = "steadfast makes and deletes this";

/// Has the browser begin a new log, where it needs that. Nobody waits for it, and a failure is no
/// reason not to open: the next open does it again.
pub(super) fn begin() {
    if global::is_chromium() {
        spawn(async {
            // Its connection is closed at once: a deletion waits for that.
            drop(request(NAME, Creation::Allowed, Rc::default()).await);
            drop(request_deletion(NAME).await);
        });
    }
}
