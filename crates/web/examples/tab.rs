//! What the tests with several tabs run in each of them: one store in IndexedDB, or in a worker one
//! of private files, and functions that a WebDriver can call.
//!
//! ```text
//! cargo build -p steadfast-web --example tab --target wasm32-unknown-unknown
//! wasm-bindgen --target web --no-typescript --out-dir OUT …/examples/tab.wasm
//! ```
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#![expect(missing_docs, reason = "called from a test's scripts only")]

use std::cell::RefCell;
use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use js_sys::{Error, Reflect};
use steadfast_core::{
    Kv, PersistenceError, Staged as _, StorageBackend, Store, StoreOptions, WHOLE, verify,
};
use steadfast_web::{IndexedDbBackend, OpfsBackend, OpfsOptions, Options, WhenLocked};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

type Open = Store<Kv, IndexedDbBackend>;
type OpenFiles = Store<Kv, OpfsBackend>;
type StagedFile = <OpfsBackend as StorageBackend>::Staged;
type Outcome<T> = Result<T, JsValue>;

thread_local! {
    static STORE: RefCell<Option<Open>> = const { RefCell::new(None) };
    static FILES: RefCell<Option<OpenFiles>> = const { RefCell::new(None) };
    static STAGED: RefCell<Option<StagedFile>> = const { RefCell::new(None) };
}

/// The error with its kind as name, and everything below it in its message.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` calls it")]
fn thrown(error: PersistenceError) -> JsValue {
    let kind = format!("{error:?}");
    let kind = kind.split([' ', '(', '{']).next().unwrap_or_default();
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(" | {cause}"));
        source = cause.source();
    }
    let thrown = Error::new(&message);
    // A plain object takes every property.
    let _ = Reflect::set(&thrown, &"name".into(), &kind.into());
    thrown.into()
}

fn store() -> Outcome<Open> {
    STORE
        .with_borrow(Clone::clone)
        .ok_or_else(|| Error::new("no store is open in this tab").into())
}

#[wasm_bindgen]
pub async fn open(name: String, how: String) -> Outcome<()> {
    let options = Options::default().open_limit(Duration::from_secs(3));
    let options = match how.as_str() {
        "wait" => options.when_locked(WhenLocked::WaitForever),
        "take over" => options.when_locked(WhenLocked::TakeOver),
        "accept loss" => options.accept_loss(),
        _ => options.when_locked(WhenLocked::Wait(Duration::from_millis(300))),
    };
    let opened = async {
        let backend = IndexedDbBackend::open_with(&name, options).await?;
        Store::open(backend, StoreOptions::default()).await
    };
    let store = opened.await.map_err(thrown)?;
    STORE.set(Some(store));
    Ok(())
}

#[wasm_bindgen]
pub fn close() {
    STORE.set(None);
}

#[wasm_bindgen]
pub async fn commit(key: String, value: String) -> Outcome<()> {
    let operation = Kv::put(key, value).map_err(thrown)?;
    store()?.commit(operation).await.map_err(thrown)?;
    Ok(())
}

#[wasm_bindgen]
pub async fn count() -> Outcome<usize> {
    store()?.read(Kv::len).map_err(thrown)
}

/// A value that does not compress, and whose first byte tells which it is.
fn value(seed: u8, len: usize) -> Vec<u8> {
    let mut state = u64::from(seed) | 1 << 40;
    let noise = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    std::iter::once(seed)
        .chain(noise.flatten())
        .take(len)
        .collect()
}

#[wasm_bindgen]
pub async fn save(key: String, len: usize, seed: u8) -> Outcome<()> {
    let key = key.parse().map_err(thrown)?;
    let value = Bytes::from(value(seed, len));
    let store = store()?;
    store
        .backend()
        .atomic_write(&key, value)
        .await
        .map_err(thrown)
}

/// The length of a value and its seed, or nothing where it is absent; an error where it is mixed.
#[wasm_bindgen]
pub async fn look(key: String) -> Outcome<String> {
    let key = key.parse().map_err(thrown)?;
    let store = store()?;
    let found = store.backend().read(&key, WHOLE).await.map_err(thrown)?;
    let Some(found) = found else {
        return Ok(String::new());
    };
    let seed = found.first().copied().unwrap_or(0);
    if found != value(seed, found.len()) {
        return Err(Error::new("a mixture").into());
    }
    Ok(format!("{} of {seed}", found.len()))
}

#[wasm_bindgen]
pub async fn is_sound() -> Outcome<bool> {
    let store = store()?;
    let report = verify(store.backend()).await.map_err(thrown)?;
    Ok(report.is_sound())
}

#[wasm_bindgen]
pub async fn destroy(name: String) -> Outcome<()> {
    IndexedDbBackend::destroy(&name).await.map_err(thrown)
}

fn files() -> Outcome<OpenFiles> {
    FILES
        .with_borrow(Clone::clone)
        .ok_or_else(|| Error::new("no files are open in this worker").into())
}

#[wasm_bindgen]
pub async fn open_files(name: String, how: String) -> Outcome<()> {
    let options = OpfsOptions::default().files(4);
    let options = match how.as_str() {
        "accept loss" => options.accept_loss(),
        "existing" => options.existing(),
        _ => options,
    };
    let opened = async {
        let backend = OpfsBackend::open_with(&name, options).await?;
        Store::open(backend, StoreOptions::default()).await
    };
    let store = opened.await.map_err(thrown)?;
    FILES.set(Some(store));
    Ok(())
}

/// A pool of as many files, closed again.
#[wasm_bindgen]
pub async fn open_fixed_files(name: String, files: usize) -> Outcome<()> {
    let options = OpfsOptions::default().files(files);
    let opened = OpfsBackend::open_fixed(&name, options).await;
    opened.map(drop).map_err(thrown)
}

#[wasm_bindgen]
pub fn close_files() {
    FILES.set(None);
}

#[wasm_bindgen]
pub async fn commit_to_files(key: String, value: String) -> Outcome<()> {
    let operation = Kv::put(key, value).map_err(thrown)?;
    files()?.commit(operation).await.map_err(thrown)?;
    Ok(())
}

#[wasm_bindgen]
pub async fn count_in_files() -> Outcome<usize> {
    files()?.read(Kv::len).map_err(thrown)
}

#[wasm_bindgen]
pub async fn ensure_files_are_ours() -> Outcome<()> {
    let store = files()?;
    store.backend().ensure_ours().await.map_err(thrown)
}

#[wasm_bindgen]
pub async fn stage_in_files(key: String, len: usize) -> Outcome<()> {
    let key = key.parse().map_err(thrown)?;
    let store = files()?;
    let mut staged = store.backend().stage(&key).await.map_err(thrown)?;
    let data = Bytes::from(vec![1; len]);
    staged.write(data).await.map_err(thrown)?;
    STAGED.set(Some(staged));
    Ok(())
}

#[wasm_bindgen]
pub fn abandon_what_is_staged() {
    STAGED.set(None);
}
