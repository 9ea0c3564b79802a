//! Reading a stream: first the rows in the database, then the bytes appended since.
//!
//! The head and the rows are read in one transaction, so a value that is replaced meanwhile is seen
//! whole, old or new. Rows are read in batches of a bounded number. They have to follow one another
//! without a gap up to the head's length. A missing row is damage with a place, never a shorter
//! value.

use std::ops::Range;

use bytes::Bytes;
use js_sys::{Array, Uint8Array};
use steadfast_core::{Key, PersistenceError, Result};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbCursor, IdbCursorDirection};

use super::schema::{HEADS, Head, ROWS, StreamId, name, row_at};
use super::shared::{Shared, Stop};
use super::transaction::Transaction;
use crate::error::BrowserError;
use crate::number::len_u64;

/// About how many bytes are asked for at once. Rows are read whole, so this bounds memory.
const BATCH_LEN: u64 = 16 << 20;

/// How many rows are asked for at once while their length is not known.
const BATCH_MIN: u32 = 4;
const BATCH_MAX: u32 = 4_096;

/// What a handle knows beyond the database.
struct Overlay {
    id: StreamId,
    durable: u64,
    is_stored: bool,
    parts: Vec<Bytes>,
}

impl Shared {
    /// The bytes of `key` in `range`, cut to what is there.
    pub(super) async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        let overlay = self.overlay(key);
        let look = async |transaction: &Transaction| {
            let head = transaction.get(&HEADS, &name(key))?.wait().await?;
            let head = head_of(key, &head)?;
            let overlay = overlay.as_ref().filter(|overlay| match &head {
                Some(head) => head.id == overlay.id,
                None => !overlay.is_stored,
            });
            let stored = match (&head, overlay) {
                (None, None) => return Ok(None),
                // A sync that ended meanwhile has moved bytes from memory to the database.
                (_, Some(overlay)) => overlay.durable,
                (Some(head), None) => head.len,
            };
            let mut bytes = Vec::new();
            if let Some(head) = &head {
                let wanted = range.start..range.end.min(stored);
                let in_rows = wanted.start..wanted.end.min(head.rows_len());
                if in_rows.start < in_rows.end {
                    read_rows(transaction, key, head.id, in_rows, &mut bytes).await?;
                }
                bytes.extend_from_slice(cut(&head.tail, head.rows_len(), &wanted));
            }
            if let Some(overlay) = overlay {
                overlay.add_to(&range, &mut bytes);
            }
            Ok(Some(Bytes::from(bytes)))
        };
        self.look("read", Some(key), look).await
    }

    fn overlay(&self, key: &Key) -> Option<Overlay> {
        let stream = self.stream(key)?;
        let stream = stream.borrow();
        (!stream.is_dead()).then(|| Overlay {
            id: stream.id,
            durable: stream.durable,
            is_stored: stream.is_stored,
            parts: stream.unsynced(),
        })
    }

    /// A key, or the whole database, in words. Made only for an error: no successful commit needs
    /// it.
    pub(super) fn place_of(&self, key: Option<&Key>) -> String {
        match key {
            Some(key) => format!("`{key}` in {}", self.place),
            None => self.place.clone(),
        }
    }
}

impl Overlay {
    /// Adds the part of it that lies in the range.
    fn add_to(&self, range: &Range<u64>, bytes: &mut Vec<u8>) {
        let mut at = self.durable;
        for part in &self.parts {
            let end = at.saturating_add(len_u64(part.len()));
            bytes.extend_from_slice(cut(part, at, range));
            at = end;
        }
    }
}

/// The part of `bytes`, which begin at `at`, that lies in `range`.
fn cut<'b>(bytes: &'b [u8], at: u64, range: &Range<u64>) -> &'b [u8] {
    let inside = |position: u64| {
        usize::try_from(position.saturating_sub(at)).map_or(bytes.len(), |at| at.min(bytes.len()))
    };
    bytes
        .get(inside(range.start)..inside(range.end))
        .unwrap_or_default()
}

/// The head in a value; `None` where there is none.
pub(super) fn head_of(key: &Key, value: &JsValue) -> Result<Option<Head>, Stop> {
    if value.is_undefined() {
        return Ok(None);
    }
    match Head::from_js(value) {
        Some(head) => Ok(Some(head)),
        None => Err(damaged(key, 0, "a head", "something else").into()),
    }
}

async fn read_rows(
    transaction: &Transaction,
    key: &Key,
    id: StreamId,
    range: Range<u64>,
    bytes: &mut Vec<u8>,
) -> Result<(), Stop> {
    let mut at = match range.start {
        0 => 0,
        start => row_before(transaction, id, start).await?.unwrap_or(0),
    };
    let mut batch = BATCH_MIN;
    while at < range.end {
        let rows = next_rows(transaction, key, id, at..range.end, batch).await?;
        let (start, count) = (at, rows.len());
        if rows.is_empty() {
            return Err(damaged(key, at, "more bytes", "no row").into());
        }
        for (row_at, row) in rows {
            if row_at != at {
                let found = format!("the row of byte {row_at}");
                return Err(damaged(key, at, "the next row", &found).into());
            }
            bytes.extend_from_slice(cut(&row, at, &range));
            at = at.saturating_add(len_u64(row.len()));
        }
        let average = at.saturating_sub(start).div_ceil(len_u64(count)).max(1);
        let fitting = u32::try_from(BATCH_LEN.div_euclid(average)).unwrap_or(BATCH_MAX);
        batch = fitting.clamp(BATCH_MIN, BATCH_MAX);
    }
    Ok(())
}

/// At most `count` rows that begin in `range`, each with where it begins.
async fn next_rows(
    transaction: &Transaction,
    key: &Key,
    id: StreamId,
    range: Range<u64>,
    count: u32,
) -> Result<Vec<(u64, Vec<u8>)>, Stop> {
    let store = transaction.store(&ROWS)?;
    let range_of_keys = id.rows(range.start, range.end)?;
    let keys = store.get_all_keys_with_key_and_limit(&range_of_keys, count);
    let keys = Transaction::hear(keys)?;
    let rows = store.get_all_with_key_and_limit(&range_of_keys, count);
    let rows = Transaction::hear(rows)?;
    let keys: Array = keys.wait().await?.unchecked_into();
    let rows: Array = rows.wait().await?.unchecked_into();
    let mut found = Vec::new();
    for (row_key, row) in keys.iter().zip(rows.iter()) {
        let bytes = row.dyn_into::<Uint8Array>().ok().map(|row| row.to_vec());
        match (row_at(&row_key), bytes.filter(|bytes| !bytes.is_empty())) {
            (Some(at), Some(bytes)) => found.push((at, bytes)),
            _ => {
                return Err(damaged(key, range.start, "a row of bytes", "something else").into());
            }
        }
    }
    Ok(found)
}

/// Where the row begins that holds the byte at `position`.
async fn row_before(
    transaction: &Transaction,
    id: StreamId,
    position: u64,
) -> Result<Option<u64>, Stop> {
    let request = transaction
        .store(&ROWS)?
        .open_key_cursor_with_range_and_direction(
            &id.rows(0, position.saturating_add(1))?,
            IdbCursorDirection::Prev,
        );
    let cursor = Transaction::hear(request)?;
    let cursor = cursor.wait().await?;
    let Some(cursor) = cursor.dyn_ref::<IdbCursor>() else {
        return Ok(None);
    };
    Ok(row_at(&cursor.key().map_err(BrowserError::from)?))
}

fn damaged(key: &Key, offset: u64, expected: &str, found: &str) -> PersistenceError {
    PersistenceError::Corrupt {
        key: key.clone(),
        offset,
        expected: expected.into(),
        found: found.into(),
    }
}
