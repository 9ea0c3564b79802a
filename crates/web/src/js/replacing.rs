//! Putting the streams of a backup in the place of a home that does not open any more.
//!
//! The home is marked as unfinished first, so that a crash in between leaves something that says of
//! itself that it is no database, and replacing it again works. The backup has been checked before.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use js_sys::Promise;
use steadfast_core::{Key, Precondition, Prefix, Result, Staged, StorageBackend};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::disk::Purpose;
use super::engine::promise;
use super::error::thrown;
use super::home::{Home, HomeStaged};
use crate::WhenLocked;

/// A marker of the core's: next to it, whatever else is there is no store.
const UNFINISHED_COPY: &str = "unfinished-copy";
const NOTE: &[u8] = b"This database is being replaced by a backup. Restore it again.\n";

/// A home that is being replaced.
#[wasm_bindgen]
pub struct Replacing(Rc<Replaced>);

struct Replaced {
    home: Home,
    /// The stream that is being written.
    staged: RefCell<Option<HomeStaged>>,
}

#[wasm_bindgen]
impl Replacing {
    /// Marks the home and deletes everything in it.
    ///
    /// # Errors
    /// What the backend says, by the promise.
    pub fn begin(storage: String, name: String) -> Promise {
        promise(async move {
            let home = emptied(&storage, &name).await.map_err(thrown)?;
            let staged = RefCell::default();
            Ok(Self(Rc::new(Replaced { home, staged })).into())
        })
    }

    /// Writes the next bytes of a stream; the last ones make it visible.
    ///
    /// # Errors
    /// What the backend says, by the promise.
    pub fn write(&self, name: String, bytes: Vec<u8>, is_last: bool) -> Promise {
        let replaced = Rc::clone(&self.0);
        promise(async move {
            let written = replaced.write(&name, bytes, is_last).await;
            written.map_err(thrown)?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Makes the home a database.
    ///
    /// # Errors
    /// What the backend says, by the promise.
    pub fn finish(&self) -> Promise {
        let replaced = Rc::clone(&self.0);
        promise(async move {
            let marker = Key::new(UNFINISHED_COPY).map_err(thrown)?;
            replaced.home.delete(&marker).await.map_err(thrown)?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

async fn emptied(storage: &str, name: &str) -> Result<Home> {
    let home = Home::open(storage, name, Purpose::Replace, WhenLocked::default()).await?;
    let marker = Key::new(UNFINISHED_COPY)?;
    home.atomic_write(&marker, Bytes::from_static(NOTE)).await?;
    for entry in home.list(&Prefix::ROOT).await? {
        if entry.key != marker {
            home.delete(&entry.key).await?;
        }
    }
    Ok(home)
}

impl Replaced {
    async fn write(&self, name: &str, bytes: Vec<u8>, is_last: bool) -> Result<()> {
        let staged = self.staged.take();
        let mut staged = match staged {
            Some(staged) => staged,
            None => self.home.stage(&Key::new(name)?).await?,
        };
        staged.write(bytes.into()).await?;
        if is_last {
            return staged.commit(Precondition::None).await;
        }
        self.staged.replace(Some(staged));
        Ok(())
    }
}
