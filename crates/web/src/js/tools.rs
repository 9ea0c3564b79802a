//! What a tab does with backups, without a home: takes them apart, and puts them together.
//!
//! Both go in pieces, so that what crosses from Rust to JavaScript, and from tab to tab, stays
//! short.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use steadfast_core::{Key, Kv, Result, Store};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::{Thrown, closed, promise};
use super::error::thrown;
use super::home::Home;
use super::live::Live;
use super::packer::Packer;
use super::{pairs, streams, tagging, values};

/// The contents of a backup.
#[wasm_bindgen]
pub struct Unpacked {
    kv: Kv,
    was_tagged: bool,
    after: RefCell<Vec<u8>>,
}

#[wasm_bindgen]
impl Unpacked {
    /// Reads the streams of a backup, and checks every checksum.
    ///
    /// # Errors
    /// Damage in the backup.
    pub fn of(backup: Array) -> Promise {
        promise(async move {
            let (kv, was_tagged) = state_in(&backup).await.map_err(thrown)?;
            let after = RefCell::default();
            let unpacked = Self {
                kv,
                was_tagged,
                after,
            };
            Ok(unpacked.into())
        })
    }

    /// Whether its values are the package's already.
    #[wasm_bindgen(getter, js_name = wasTagged)]
    pub fn was_tagged(&self) -> bool {
        self.was_tagged
    }

    /// The next pairs, encoded, about `len` bytes; `undefined` when there are no more, and then
    /// from the beginning again.
    #[wasm_bindgen(js_name = nextPairs)]
    pub fn next_pairs(&self, len: u32) -> Option<Uint8Array> {
        self.give(len, pairs::push)
    }

    /// The same as encoded puts.
    #[wasm_bindgen(js_name = nextPuts)]
    pub fn next_puts(&self, len: u32) -> Option<Uint8Array> {
        self.give(len, |bytes, key, value| {
            bytes.push(PUT);
            pairs::push(bytes, key, value);
        })
    }
}

impl Unpacked {
    fn give(&self, len: u32, push: impl Fn(&mut Vec<u8>, &[u8], &[u8])) -> Option<Uint8Array> {
        let mut after = self.after.borrow_mut();
        let mut bytes = Vec::new();
        let mut last = None;
        for (key, value) in tagging::of_the_user_after(&self.kv, &after) {
            push(&mut bytes, key, value);
            last = Some(key.to_vec());
            if bytes.len() >= len as usize {
                break;
            }
        }
        *after = last.unwrap_or_default();
        (!bytes.is_empty()).then(|| Uint8Array::from(bytes.as_slice()))
    }
}

/// The state in a backup's streams, its values being the package's, and whether they were. Loading
/// it checks every checksum of what it is made of.
async fn state_in(backup: &Array) -> Result<(Kv, bool)> {
    let home = Home::Memory(streams::take(backup)?);
    let kv = Store::<Live, Home>::load(&home).await?.0.kv;
    let was_tagged = values::is_tagged(&kv);
    Ok((tagging::tagged(kv)?, was_tagged))
}

/// The first byte of a put: see the core's `kv/format.rs`.
const PUT: u8 = 1;

/// A backup that is being made.
#[wasm_bindgen]
pub struct Packing {
    packer: RefCell<Option<Rc<Packer>>>,
}

#[wasm_bindgen]
impl Packing {
    /// Begins one.
    ///
    /// # Errors
    /// What the core says, by the promise.
    pub fn begin() -> Promise {
        promise(async {
            let packer = Packer::begin().await.map_err(thrown)?;
            let packer = RefCell::new(Some(Rc::new(packer)));
            Ok(Self { packer }.into())
        })
    }

    /// Adds encoded pairs; the streams that are finished: name, bytes, name, bytes, …
    ///
    /// # Errors
    /// What the core says, by the promise.
    pub fn add(&self, page: &[u8]) -> Thrown<Promise> {
        let page = pairs::decode(page).map_err(thrown)?;
        let packer = self.packer.borrow().clone().ok_or_else(closed)?;
        Ok(promise(async move {
            packer.add(page.iter()).await.map_err(thrown)?;
            Ok(given(packer.finished()))
        }))
    }

    /// Ends it; the streams that are left.
    ///
    /// # Errors
    /// What the core says, by the promise.
    pub fn finish(&self) -> Thrown<Promise> {
        let packer = self.packer.take().and_then(Rc::into_inner);
        let packer = packer.ok_or_else(closed)?;
        Ok(promise(async move {
            let shelf = packer.finish().await.map_err(thrown)?;
            Ok(given(shelf.take_streams(|_| true)))
        }))
    }
}

fn given(streams: Vec<(Key, Vec<u8>)>) -> JsValue {
    let array = Array::new();
    for (key, data) in streams {
        array.push(&key.as_str().into());
        array.push(&Uint8Array::from(data.as_slice()).into());
    }
    array.into()
}
