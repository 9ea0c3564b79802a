//! A store as its streams: names and bytes, for the archives that the package makes and reads.

#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
use steadfast_core::{Key, PersistenceError};
use steadfast_core::{Prefix, Result, StorageBackend, WHOLE};
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;

#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
use super::file::File;
use super::home::Home;
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
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

/// The same as a home: names and files. They are read when they are needed.
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
pub(super) fn take(streams: &Array) -> Result<Shelf> {
    let mut files = Vec::new();
    let mut rest = streams.iter();
    while let (Some(name), Some(data)) = (rest.next(), rest.next()) {
        let key = Key::new(&name.as_string().ok_or_else(malformed)?)?;
        files.push((key, File(data.dyn_into().map_err(|_| malformed())?)));
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    let is_twice = |pair: &[(Key, File)]| matches!(pair, [(one, _), (other, _)] if one == other);
    if let Some([(key, _), ..]) = files.windows(2).find(|pair| is_twice(pair)) {
        return Err(PersistenceError::NotAStore {
            place: "the file".into(),
            found: format!("`{key}` twice"),
        });
    }
    Ok(Shelf::of_files(Rc::new(files)))
}

#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
fn malformed() -> PersistenceError {
    PersistenceError::NotAStore {
        place: "the file".into(),
        found: "no streams".into(),
    }
}
