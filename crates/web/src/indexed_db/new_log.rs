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

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::IdbFactory;

use super::connection::{Connection, Creation, Opened, request, request_deletion};
use super::options::Durability;
use super::schema::ROWS;
use super::transaction::Transaction;
use crate::error::BrowserError;
use crate::global;
use crate::task::spawn;

/// Not a store's name, and none that an application would choose: the database is deleted, whatever
/// is in it.
const NAME: &str = "steadfast makes and deletes this";

/// In bytes. Chromium writes a key four times into its log, twice of them for an end that does not
/// come about. It compresses no key, as it does values.
const KEY_LENGTH: u32 = 3 << 19;
/// With the first key LevelDB begins a new log. The second has to wait until the old one is of no
/// use.
const KEYS: u32 = 2;

/// Makes the browser begin a new log, if it needs one. Nobody waits for it. A failure is no reason
/// not to open: the next open tries again.
pub(super) fn begin() {
    if global::is_chromium()
        && let Some(databases) = global::indexed_db()
    {
        spawn(async move { drop(write(&databases, 0).await) });
    }
}

/// Makes the browser begin a new log, and be done with the old one: for a log that ends in half a
/// record. `Ok` only when that is so.
///
/// LevelDB holds in memory what is in its log. Where that gets longer than 4 MiB it begins a new
/// log, and saves the old one's contents as a table. Where the new one gets as long, it waits for
/// that table first. So it writes more than that twice.
pub(super) async fn force(databases: &IdbFactory) -> Result<(), BrowserError> {
    write(databases, KEYS).await
}

/// Creates a database, saves so many long keys in it one after the other, and deletes it.
async fn write(databases: &IdbFactory, keys: u32) -> Result<(), BrowserError> {
    let opened = request(Some(databases), NAME, Creation::Allowed, Rc::default()).await;
    let written = match &opened {
        Ok(Opened::Found(connection) | Opened::Created(connection)) => save(connection, keys).await,
        _ => Ok(()),
    };
    // The deletion waits for the connection's end. Nobody waits for the deletion: another tab may
    // have it open, and be suspended. It comes also where the open failed, because of what another
    // version of this has left.
    let opened = opened.map(drop);
    let databases = databases.clone();
    spawn(async move { drop(request_deletion(&databases, NAME).await) });
    opened.and(written)
}

async fn save(connection: &Connection, keys: u32) -> Result<(), BrowserError> {
    let mut begun = Vec::new();
    // All at once: another tab that is done with its own may close the connection at any time, and
    // what has begun goes on.
    for number in 0..keys {
        let transaction = Transaction::begin(connection, Some(Durability::Relaxed), false)?;
        let key = Uint8Array::new_with_length(KEY_LENGTH.saturating_add(number));
        transaction.put(&ROWS, &key, &JsValue::UNDEFINED)?;
        transaction.commit();
        begun.push(transaction);
    }
    for transaction in begun {
        transaction.ended().await?;
    }
    Ok(())
}
