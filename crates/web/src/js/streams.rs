//! A store as its streams: names and bytes, for the archives that the package makes and reads.

use js_sys::{Array, Uint8Array};
use steadfast_core::{Key, PersistenceError, Prefix, Result, StorageBackend, WHOLE};
use wasm_bindgen::{JsCast, JsValue};

use super::home::Home;
use super::shelf::Shelf;

/// Every stream of a home: name, bytes, name, bytes, …
pub(super) async fn give(home: &Home) -> Result<JsValue> {
    let streams = Array::new();
    for entry in home.list(&Prefix::ROOT).await? {
        // A living writer may have removed it since it was listed.
        if let Some(data) = home.read(&entry.key, WHOLE).await? {
            streams.push(&entry.key.as_str().into());
            streams.push(&Uint8Array::from(data.as_ref()).into());
        }
    }
    Ok(streams.into())
}

/// The same, in memory.
pub(super) fn take(streams: &Array) -> Result<Shelf> {
    let shelf = Shelf::default();
    let mut rest = streams.iter();
    while let (Some(name), Some(data)) = (rest.next(), rest.next()) {
        let key = Key::new(&name.as_string().ok_or_else(malformed)?)?;
        let data = data.dyn_ref::<Uint8Array>().ok_or_else(malformed)?;
        shelf.put(&key, data.to_vec());
    }
    Ok(shelf)
}

fn malformed() -> PersistenceError {
    PersistenceError::NotAStore {
        place: "the file".into(),
        found: "no streams".into(),
    }
}
