//! Whether a store's files still have their names.
//!
//! When a site's data is cleared, the browser removes the files and leaves the open handles as they
//! are: writes and flushes go on without an error, into files that nobody finds again. So each
//! flush is accompanied by a look at the name of the pool's first file, which no store ever
//! removes.
//!
//! The look is begun before the flush and awaited after it: the browser answers it in another
//! process meanwhile. What is cleared between the two is told by the next look. As no look can
//! tell what is cleared right after it, one holds for the flushes of the next few milliseconds: a
//! look at every flush would take a third of the writes that a store can make.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Promise, Reflect};
use steadfast_core::{PersistenceError, Result};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::FileSystemFileHandle;

use super::folder::Gone;
use super::head::DATA_START;
use crate::error::BrowserError;
use crate::number::from_js;

/// So long a look holds, in milliseconds.
const HOLDS: f64 = 20.0;

/// The name of the first file of a store.
#[derive(Debug)]
pub(super) struct Presence {
    file: FileSystemFileHandle,
    is_gone: Gone,
    /// When the last look that found the store was begun.
    seen: Rc<Cell<f64>>,
}

/// A look that was begun.
pub(super) struct Look {
    answer: Promise,
    begun: f64,
    is_gone: Gone,
    seen: Rc<Cell<f64>>,
}

impl Presence {
    pub(super) fn of(file: FileSystemFileHandle, is_gone: Gone) -> Self {
        Self {
            file,
            is_gone,
            seen: Rc::new(Cell::new(f64::NEG_INFINITY)),
        }
    }

    /// Begins a look where the last one is too old.
    pub(super) fn look_if_due(&self) -> Option<Look> {
        let age = js_sys::Date::now() - self.seen.get();
        // Below zero: the clock was set back.
        (!(0.0..HOLDS).contains(&age)).then(|| self.look())
    }

    /// Begins a look.
    pub(super) fn look(&self) -> Look {
        Look {
            answer: self.file.get_file(),
            begun: js_sys::Date::now(),
            is_gone: Rc::clone(&self.is_gone),
            seen: Rc::clone(&self.seen),
        }
    }
}

impl Look {
    /// Fails with [`PersistenceError::Removed`] if the name was gone, or was that of another file.
    pub(super) async fn ensure_present(self, place: &str) -> Result<()> {
        let is_there = match JsFuture::from(self.answer).await {
            // Another tab that is about to make the store anew has made an empty file.
            Ok(file) => size_of(&file).is_none_or(|size| size >= DATA_START),
            // Any other failure is no sign of a removal.
            Err(thrown) => BrowserError::from(thrown).name != "NotFoundError",
        };
        if is_there {
            self.seen.set(self.begun);
            return Ok(());
        }
        self.is_gone.set(true);
        self.seen.set(f64::NEG_INFINITY);
        Err(PersistenceError::Removed {
            place: place.to_owned(),
        })
    }
}

fn size_of(file: &JsValue) -> Option<u64> {
    let size = Reflect::get(file, &JsValue::from_str("size")).ok()?;
    size.as_f64().and_then(from_js)
}
