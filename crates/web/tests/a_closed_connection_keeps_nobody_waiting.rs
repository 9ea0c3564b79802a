//! A connection may end without a word of what was under way in it: while a site's data is cleared,
//! Chromium says neither `complete` nor `abort` of some transactions. Nobody waits for them. The
//! change is made in the next connection, and is there once.

use std::cell::RefCell;
use std::rc::Rc;

use steadfast_core::{Kv, Store, StoreOptions};
use steadfast_web::IndexedDbBackend;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{fresh_name, in_javascript, outcome};

/// In the page: what writes is noted, and `breaks` has the next transaction that reads fail; while
/// `deaf`, no end of a transaction is heard.
const DEAF: &str = "
    if (window.deaf !== undefined) return;
    window.deaf = window.breaks = false;
    for (const end of ['oncomplete', 'onabort']) {
        const { set } = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, end);
        Object.defineProperty(IDBTransaction.prototype, end, {
            configurable: true,
            set(hear) { set.call(this, hear && (() => deaf || hear())); },
        });
    }
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
        if (mode === 'readwrite') window.writes = this;
        else if (breaks) {
            breaks = false;
            throw new DOMException('The connection was closed.', 'AbortError');
        }
        return transaction.call(this, stores, mode, options);
    };";

async fn for_milliseconds(count: u32) {
    in_javascript(&format!(
        "await new Promise(next => setTimeout(next, {count}))"
    ))
    .await;
}

/// Commits while no end is heard, and ends the connection after that; what the commit came to.
async fn committed_across(end: impl AsyncFn(&Store<Kv, IndexedDbBackend>)) -> String {
    in_javascript(DEAF).await;
    let name = fresh_name();
    let backend = IndexedDbBackend::open(&name).await.unwrap();
    let store = Store::open(backend, StoreOptions::default()).await.unwrap();
    store.commit(Kv::put("a", "1").unwrap()).await.unwrap();

    in_javascript("deaf = true").await;
    let came_to = Rc::new(RefCell::new(None));
    let (committing, result) = (store.clone(), Rc::clone(&came_to));
    spawn_local(async move {
        let committed = committing.commit(Kv::put("a", "2").unwrap()).await;
        *result.borrow_mut() = Some(outcome(&committed));
    });
    for_milliseconds(200).await;
    assert_eq!(*came_to.borrow(), None);
    in_javascript("deaf = false").await;
    end(&store).await;
    for _ in 0..100 {
        if came_to.borrow().is_some() {
            break;
        }
        for_milliseconds(50).await;
    }
    let value = store.read(|kv| kv.get(b"a").map(<[u8]>::to_vec)).unwrap();
    let came_to = came_to.borrow().clone();
    if came_to.is_some() {
        assert_eq!(value.as_deref(), Some(b"2".as_slice()));
        store.close().await.unwrap();
    }
    came_to.unwrap_or_else(|| "waits".into())
}

#[wasm_bindgen_test]
async fn where_the_browser_closes_it() {
    let end = async |_: &_| {
        in_javascript("writes.dispatchEvent(new Event('close'))").await;
    };
    assert_eq!(committed_across(end).await, "Ok");
}

#[wasm_bindgen_test]
async fn where_somebody_else_finds_it_broken() {
    let end = async |store: &Store<Kv, IndexedDbBackend>| {
        in_javascript("breaks = true").await;
        store.backend().ensure_ours().await.unwrap();
    };
    assert_eq!(committed_across(end).await, "Ok");
}
