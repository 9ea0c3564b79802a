//! `ensure_ours` tells a handle that nothing else told: its store was deleted, deleted and made
//! anew by somebody else, emptied, or is another writer's.

use bytes::Bytes;
use steadfast_core::{Key, StorageBackend, WHOLE};
use steadfast_web::{IndexedDbBackend, Options, WhenLocked};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{forget, fresh_name, in_javascript, outcome};

async fn open(name: &str, options: Options) -> IndexedDbBackend {
    IndexedDbBackend::open_with(name, options).await.unwrap()
}

fn key() -> Key {
    Key::new("planet").unwrap()
}

async fn save(backend: &IndexedDbBackend, value: &'static str) -> steadfast_core::Result<()> {
    backend
        .atomic_write(&key(), Bytes::from_static(value.as_bytes()))
        .await
}

async fn delete(name: &str) {
    let database = format!("steadfast:{name}");
    in_javascript(&format!(
        "const gone = indexedDB.deleteDatabase({database:?});
         await new Promise((done, no) => {{ gone.onsuccess = done; gone.onerror = no; }})"
    ))
    .await;
    forget(&database).await;
}

#[wasm_bindgen_test]
async fn a_store_is_ours_until_something_happens_to_it() {
    let name = fresh_name();
    let writer = open(&name, Options::default()).await;
    assert_eq!(outcome(&writer.ensure_ours().await), "Ok");
    save(&writer, "Mars").await.unwrap();
    let reader = open(&name, Options::default().read_only()).await;
    for handle in [&writer, &writer.clone(), &reader] {
        assert_eq!(outcome(&handle.ensure_ours().await), "Ok");
    }
}

#[wasm_bindgen_test]
async fn a_deleted_store_is_nobodys() {
    let name = fresh_name();
    let writer = open(&name, Options::default()).await;
    save(&writer, "Mars").await.unwrap();
    let reader = open(&name, Options::default().read_only()).await;
    delete(&name).await;
    for handle in [&writer, &reader] {
        assert_eq!(outcome(&handle.ensure_ours().await), "Removed");
    }
    assert_eq!(outcome(&save(&writer, "Venus").await), "Removed");
    // To ask has made nothing.
    let opened = IndexedDbBackend::open_with(&name, Options::default().read_only()).await;
    assert_eq!(outcome(&opened), "NoStore");
}

/// The new store has the old one's name and the old one's epoch.
#[wasm_bindgen_test]
async fn a_store_deleted_and_made_anew_is_somebody_elses() {
    let name = fresh_name();
    let old = open(&name, Options::default()).await;
    save(&old, "Mars").await.unwrap();
    delete(&name).await;
    let new = open(&name, Options::default().when_locked(WhenLocked::TakeOver)).await;
    save(&new, "Venus").await.unwrap();
    assert_eq!(outcome(&old.ensure_ours().await), "Removed");
    assert_ne!(outcome(&save(&old, "Mars").await), "Ok");
    assert_eq!(outcome(&new.ensure_ours().await), "Ok");
    let found = new.read(&key(), WHOLE).await.unwrap();
    assert_eq!(found.as_deref(), Some(&b"Venus"[..]));
}

#[wasm_bindgen_test]
async fn a_store_that_another_writer_took_over_is_that_writers() {
    let name = fresh_name();
    let old = open(&name, Options::default()).await;
    save(&old, "Mars").await.unwrap();
    let new = open(&name, Options::default().when_locked(WhenLocked::TakeOver)).await;
    assert_eq!(outcome(&old.ensure_ours().await), "Fenced");
    assert_eq!(outcome(&new.ensure_ours().await), "Ok");
}

/// The database has its name and its layout, and no row.
#[wasm_bindgen_test]
async fn an_emptied_store_is_nobodys() {
    let name = fresh_name();
    let writer = open(&name, Options::default()).await;
    save(&writer, "Mars").await.unwrap();
    let reader = open(&name, Options::default().read_only()).await;
    let database = format!("steadfast:{name}");
    in_javascript(&format!(
        "const open = indexedDB.open({database:?});
         await new Promise((done, no) => {{ open.onsuccess = done; open.onerror = no; }});
         const stores = [...open.result.objectStoreNames];
         const transaction = open.result.transaction(stores, 'readwrite');
         for (const name of stores) transaction.objectStore(name).clear();
         await new Promise((done, no) => {{ transaction.oncomplete = done; transaction.onabort = no; }});
         open.result.close()"
    ))
    .await;
    for handle in [&writer, &reader] {
        assert_eq!(outcome(&handle.ensure_ours().await), "Removed");
    }
    assert_eq!(outcome(&save(&writer, "Venus").await), "Removed");
}
