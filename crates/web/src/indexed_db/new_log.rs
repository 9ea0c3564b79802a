//! Makes Chromium begin a new log: an old one can cost the whole database.
//!
//! Chromium keeps all IndexedDB data of a site in one LevelDB, and each start goes on writing at
//! the end of the log it finds. A kill or a power loss may have left half a record there. That is
//! no damage yet: the record was never acknowledged. But the start after that sees the half record
//! in the middle of the log, takes the log for damaged, and deletes everything of the site.
//! (Chromium OS does not reuse old logs for that reason: crbug.com/460568.)
//!
//! A page cannot ask for a new log. But the data of a deleted database is compacted away, and
//! LevelDB begins a compaction with a new log. The old log goes once its contents are in a table.
//! So every open for writing creates an empty database and deletes it. The time until the
//! compaction is done remains: only a second crash in that time, after one that left half a record,
//! meets the old log.
//!
//! Chromium treats the list of its files (MANIFEST) like the log, and each compaction writes to it.
//! A crash between two of these writes loses all of the site's data at the start after the next. A
//! page cannot make Chromium begin a new list (google/leveldb#1287, open as of 2026).

use std::rc::Rc;

use super::connection::{Creation, request, request_deletion};
use crate::global;
use crate::task::spawn;

/// Not a store's name, and none that an application would choose: the database is deleted, whatever
/// is in it.
const NAME: &str = "steadfast makes and deletes this";

/// Makes the browser begin a new log, if it needs one. Nobody waits for it. A failure is no reason
/// not to open: the next open tries again.
pub(super) fn begin() {
    if global::is_chromium() {
        spawn(async {
            // The connection is closed at once: the deletion waits for that.
            drop(request(NAME, Creation::Allowed, Rc::default()).await);
            drop(request_deletion(NAME).await);
        });
    }
}
