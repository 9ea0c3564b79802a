//! Streams that lie in files: an archive is read where it is, a range at a time, and never held in
//! memory as a whole.

use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use js_sys::Uint8Array;
use steadfast_core::{Key, PersistenceError, Result};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::error::{BrowserError, failed};

/// Streams in the order of their names.
pub(super) type Files = Rc<Vec<(Key, File)>>;

/// The bytes of one stream.
pub(super) struct File(pub(super) Blob);

impl File {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the length of a file is a whole number"
    )]
    pub(super) fn len(&self) -> u64 {
        self.0.size() as u64
    }

    /// The bytes of the range, as far as there are any.
    #[expect(
        clippy::cast_precision_loss,
        reason = "no file is longer than a number can say, and a range may be"
    )]
    pub(super) async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let end = range.end.min(self.len()) as f64;
        let start = (range.start as f64).min(end);
        let bytes = self.bytes(start, end).await.map_err(unreadable)?;
        Ok(Bytes::from(bytes.to_vec()))
    }

    async fn bytes(&self, start: f64, end: f64) -> std::result::Result<Uint8Array, JsValue> {
        let part = self.0.slice_with_f64_and_f64(start, end)?;
        let bytes = JsFuture::from(part.array_buffer()).await?;
        Ok(Uint8Array::new(&bytes))
    }
}

/// The stream of this name.
pub(super) fn find<'a>(files: &'a Files, key: &Key) -> Option<&'a File> {
    let at = files.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
    files.get(at).map(|(_, file)| file)
}

fn unreadable(thrown: JsValue) -> PersistenceError {
    failed("read", "the backup", &BrowserError::from(thrown))
}
