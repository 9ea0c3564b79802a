//! The layout of a database: four object stores, and what their rows look like.
//!
//! ```text
//! heads    key (text)               → [epoch, number, len, tail]   a stream, see below
//! rows     [epoch, number, at]      → Uint8Array   a stream's bytes from `at`, at most ROW_LEN
//! staged   [epoch, number]          → true         rows that no head names yet: a save in progress
//! about    "writer"                 → "<store id>/<epoch>"   the fence: which writer may write
//!         "holder"                 → text         the writer in words, for the error of the others
//! ```
//! A head says which rows are the bytes of a stream, how many bytes it has, and what its last bytes
//! are.
//!
//! The rows of a stream are named by the epoch of the writer that began it and by a number that the
//! writer gave it. No two streams ever share a name, not even a value and the one that replaces it.
//! So the head alone decides what a key holds, and changing the head publishes a whole value.
//!
//! The tail, a `Uint8Array`, is the end of the stream that is in no row. So a short commit costs
//! one request instead of two, and a log of short commits has few rows. The bytes move to a row
//! when they would be more than `TAIL_LEN_MAX`. Version 1 had no tails: a head without a tail is
//! read as one with an empty tail.

use bytes::Bytes;
use js_sys::{Array, JsString, Uint8Array};
use steadfast_core::{Key, Prefix};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbKeyRange};

use super::bindings;
pub(super) use super::bindings::{ABOUT, HEADS, ROWS, STAGED, WRITER};
use crate::error::BrowserError;
use crate::number::{integer, len_u64, to_js};

/// The version of this layout.
pub(super) const VERSION: u32 = 2;

const ALL: [&str; 4] = ["heads", "rows", "staged", "about"];

/// The names of all object stores, as a list.
pub(super) fn all() -> Array {
    let [heads, rows, staged, about] = ALL.map(text);
    Array::of4(&heads, &rows, &staged, &about)
}

/// The key of the writer in words, in the object store `about`: see `holder`.
pub(super) const HOLDER: &str = "holder";

/// The longest row in bytes.
///
/// Some engines fail on values beyond 128 MB. Chromium moves values beyond 64 KiB to files of their
/// own, and each file costs time. So a commit of 1 MiB, with what the log adds to it, is one row
/// and not two.
pub(super) const ROW_LEN: usize = 4 << 20;

/// The longest tail in bytes: every commit writes the whole tail again.
pub(super) const TAIL_LEN_MAX: usize = 1_024;

/// Makes the object stores of a new database.
pub(super) fn create(database: &IdbDatabase) -> Result<(), BrowserError> {
    for name in ALL {
        database.create_object_store(name)?;
    }
    Ok(())
}

/// The name of a stream's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamId {
    pub(super) epoch: u64,
    pub(super) number: u64,
}

impl StreamId {
    /// The key of its mark among the staged ones.
    pub(super) fn mark(self) -> JsValue {
        bindings::pair(to_js(self.epoch), to_js(self.number)).into()
    }

    pub(super) fn from_mark(mark: &JsValue) -> Option<Self> {
        let [epoch, number] = integers(mark)?;
        Some(Self { epoch, number })
    }

    /// The key of its row that begins at `at`.
    pub(super) fn row(self, at: u64) -> JsValue {
        bindings::triple(to_js(self.epoch), to_js(self.number), to_js(at)).into()
    }

    /// The rows that begin from `start` up to, and without, `end`.
    pub(super) fn rows(self, start: u64, end: u64) -> Result<JsValue, BrowserError> {
        let bounds = (self.row(start), self.row(end));
        let range =
            IdbKeyRange::bound_with_lower_open_and_upper_open(&bounds.0, &bounds.1, false, true)?;
        Ok(range.into())
    }

    /// All of its rows: in a key, an array comes after every number.
    pub(super) fn all_rows(self) -> Result<JsValue, BrowserError> {
        let end = Array::of3(
            &to_js(self.epoch).into(),
            &to_js(self.number).into(),
            &Array::new(),
        );
        Ok(IdbKeyRange::bound(&self.row(0), &end)?.into())
    }
}

/// Where a row of a stream begins, from its key.
pub(super) fn row_at(key: &JsValue) -> Option<u64> {
    integers::<3>(key).map(|[_, _, at]| at)
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: StreamId,
    pub(super) len: u64,
    /// The last of these bytes.
    pub(super) tail: Bytes,
}

impl Head {
    /// The head of a stream whose bytes from `start` on, where its rows end so far, are `bytes`:
    /// few of them become its tail.
    pub(super) fn of(id: StreamId, start: u64, bytes: Bytes) -> Self {
        let len = start.saturating_add(len_u64(bytes.len()));
        let is_short = bytes.len() <= TAIL_LEN_MAX;
        let tail = if is_short { bytes } else { Bytes::new() };
        Self { id, len, tail }
    }

    pub(super) fn to_js(&self) -> JsValue {
        let tail = Uint8Array::from(self.tail.as_ref());
        let (epoch, number) = (to_js(self.id.epoch), to_js(self.id.number));
        bindings::head(epoch, number, to_js(self.len), &tail).into()
    }

    /// `None` for what is no head.
    pub(super) fn from_js(value: &JsValue) -> Option<Self> {
        let array: &Array = value.dyn_ref()?;
        let [epoch, number, len] = integers(&array.slice(0, 3))?;
        let tail = match array.length() {
            3 => Bytes::new(),
            4 => Bytes::from(array.get(3).dyn_ref::<Uint8Array>()?.to_vec()),
            _ => return None,
        };
        (len_u64(tail.len()) <= len).then_some(Self {
            id: StreamId { epoch, number },
            len,
            tail,
        })
    }

    /// How many of its bytes stand in rows.
    pub(super) fn rows_len(&self) -> u64 {
        self.len.saturating_sub(len_u64(self.tail.len()))
    }
}

/// The heads under a prefix; `None` for all of them.
pub(super) fn heads(prefix: &Prefix) -> Result<Option<JsValue>, BrowserError> {
    let Some(folder) = prefix.as_folder() else {
        return Ok(None);
    };
    // `0` is the character after `/`.
    let bounds = (text(&format!("{folder}/")), text(&format!("{folder}0")));
    let range =
        IdbKeyRange::bound_with_lower_open_and_upper_open(&bounds.0, &bounds.1, false, true)?;
    Ok(Some(range.into()))
}

pub(super) fn name(key: &Key) -> JsValue {
    text(key.as_str())
}

/// The key of the fence.
pub(super) fn writer() -> JsValue {
    WRITER.with(|key| key.into())
}

/// Whose turn it is: the store, and the epoch of its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    pub(super) store: u64,
    pub(super) epoch: u64,
}

impl Fence {
    pub(super) fn to_js(self) -> JsValue {
        text(&format!("{:016x}/{}", self.store, self.epoch))
    }

    /// `None` for what is no fence.
    pub(super) fn from_js(value: &JsValue) -> Option<Self> {
        let text = value.as_string()?;
        let (store, epoch) = (text.get(..16)?, text.get(16..)?.strip_prefix('/')?);
        Some(Self {
            store: u64::from_str_radix(store, 16).ok()?,
            epoch: epoch.parse().ok()?,
        })
    }
}

pub(super) fn text(text: &str) -> JsValue {
    JsString::from(text).into()
}

fn integers<const N: usize>(value: &JsValue) -> Option<[u64; N]> {
    let array: &Array = value.dyn_ref()?;
    let numbers: Option<Vec<u64>> = array.iter().map(|number| integer(&number)).collect();
    numbers?.try_into().ok()
}
