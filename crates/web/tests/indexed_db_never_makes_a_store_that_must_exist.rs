//! `Options::existing` opens what is there. What is gone is `Evicted`, also where nothing remembers
//! it, and nothing is made in its place.

use steadfast_core::{Kv, Result, Store, StoreOptions};
use steadfast_web::{IndexedDbBackend, Options};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{forget, fresh_name, in_javascript, outcome};

async fn open(name: &str, options: Options) -> Result<Store<Kv, IndexedDbBackend>> {
    let backend = IndexedDbBackend::open_with(name, options).await?;
    Store::open(backend, StoreOptions::default()).await
}

/// Makes a store with one pair, and closes it.
async fn make(name: &str) {
    let store = open(name, Options::default()).await.unwrap();
    store
        .commit(Kv::put("planet", "Mars").unwrap())
        .await
        .unwrap();
    store.close().await.unwrap();
}

/// By opening it to read, which makes nothing: after an open that was given up, WebKit still lists
/// the database's name.
async fn is_there(name: &str) -> bool {
    let opened = IndexedDbBackend::open_with(name, Options::default().read_only()).await;
    outcome(&opened) != "NoStore"
}

#[wasm_bindgen_test]
async fn what_was_never_made_is_evicted() {
    let name = fresh_name();
    let opened = open(&name, Options::default().existing()).await;
    assert_eq!(outcome(&opened), "Evicted");
    assert!(!is_there(&name).await);
}

#[wasm_bindgen_test]
async fn an_accepted_loss_is_no_leave_to_make_one() {
    let name = fresh_name();
    let options = Options::default().accept_loss().existing();
    assert_eq!(outcome(&open(&name, options).await), "Evicted");
    assert!(!is_there(&name).await);
}

/// The deletion forgets the witness too, and the refused open keeps no lock.
#[wasm_bindgen_test]
async fn what_was_deleted_is_evicted_until_somebody_makes_it() {
    let name = fresh_name();
    make(&name).await;
    IndexedDbBackend::destroy(&name).await.unwrap();
    let opened = open(&name, Options::default().existing()).await;
    assert_eq!(outcome(&opened), "Evicted");
    assert!(!is_there(&name).await);
    make(&name).await;
    let opened = open(&name, Options::default().existing()).await;
    assert_eq!(outcome(&opened), "Ok");
}

/// The database has its name and its layout, and no row.
#[wasm_bindgen_test]
async fn what_was_emptied_is_evicted() {
    let name = fresh_name();
    make(&name).await;
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
    forget(&database).await;
    let opened = open(&name, Options::default().existing()).await;
    assert_eq!(outcome(&opened), "Evicted");
}

#[wasm_bindgen_test]
async fn what_is_there_is_opened_and_written() {
    let name = fresh_name();
    make(&name).await;
    let store = open(&name, Options::default().existing()).await.unwrap();
    assert!(store.read(|kv| kv.get(b"planet") == Some(b"Mars")).unwrap());
    store
        .commit(Kv::put("moon", "Phobos").unwrap())
        .await
        .unwrap();
    store.close().await.unwrap();
    let store = open(&name, Options::default().existing()).await.unwrap();
    assert_eq!(store.read(Kv::len).unwrap(), 2);
}
