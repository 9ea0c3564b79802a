//! After a disk without a free block Chromium has half a record in its log, and what is written
//! behind it can cost all data of the site. So after a connection that the browser has ended,
//! nothing is opened or deleted before there was room for a trial, and a new log was begun.

use bytes::Bytes;
use steadfast_core::{Key, Kv, PersistenceError, StorageBackend, Store, StoreOptions};
use steadfast_web::{IndexedDbBackend, Options, WhenLocked};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{fresh_name, in_javascript};

/// In the page: `lastWriter` is the connection that wrote last, and `trial` says how one ends;
/// `opens` says what touched the databases since.
const DISK: &str = "
    if (window.trial !== undefined) return;
    window.trial = 'stored';
    window.opens = [];
    const { put } = Cache.prototype;
    Cache.prototype.put = function (address, response) {
        if (trial === 'stored') return put.call(this, address, response);
        return trial === 'silence' ? new Promise(() => {}) : Promise.reject(new DOMException('', trial));
    };
    for (const name of ['open', 'deleteDatabase']) {
        const was = IDBFactory.prototype[name];
        IDBFactory.prototype[name] = function (...given) {
            opens.push(`${name} ${given[0]}`);
            return was.apply(this, given);
        };
    }
    window.longKeys = [];
    const keep = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, key) {
        if (key?.byteLength > 1e6) longKeys.push(opens.length);
        return keep.call(this, value, key);
    };
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
        if (mode === 'readwrite') window.lastWriter = this;
        return transaction.call(this, stores, mode, options);
    };";

/// The browser ends the connection, and a trial comes to this.
async fn break_with(trial: &str) {
    in_javascript(&format!(
        "trial = '{trial}'; lastWriter.dispatchEvent(new Event('close')); opens.length = 0"
    ))
    .await;
}

fn is_full<T>(result: &Result<T, PersistenceError>) -> bool {
    matches!(result, Err(PersistenceError::StorageFull { .. }))
}

#[wasm_bindgen_test]
async fn nothing_is_opened_before_there_is_room_in_chromium() {
    in_javascript(DISK).await;
    let name = fresh_name();
    let backend = IndexedDbBackend::open(&name).await.unwrap();
    let store: Store<Kv, _> = Store::open(backend, StoreOptions::default()).await.unwrap();
    store.commit(Kv::put("a", "1").unwrap()).await.unwrap();

    break_with("UnknownError").await;
    assert!(is_full(&store.backend().ensure_ours().await));
    assert!(is_full(&IndexedDbBackend::open("another").await));
    assert!(is_full(&IndexedDbBackend::destroy("another").await));
    in_javascript("if (opens.length > 0) throw new Error(`${opens}`)").await;

    in_javascript("trial = 'stored'").await;
    store.backend().ensure_ours().await.unwrap();
    store.commit(Kv::put("a", "2").unwrap()).await.unwrap();
    in_javascript("const cache = await caches.open('steadfast'); if ((await cache.keys()).some(({ url }) => url.includes('trial'))) throw new Error('the trial is still there')").await;
    store.close().await.unwrap();
}

/// The browser finds the disk full while it opens a database: no connection has an end to tell.
#[wasm_bindgen_test]
async fn after_an_open_that_failed_there_is_a_trial_in_chromium() {
    in_javascript(DISK).await;
    in_javascript(
        "window.undo = IDBFactory.prototype.open;
        IDBFactory.prototype.open = () => {
            const error = new DOMException('full disk while opening', 'QuotaExceededError');
            const request = Object.assign(new EventTarget(), { error });
            setTimeout(() => request.onerror(new Event('error')));
            return request;
        };",
    )
    .await;
    assert!(is_full(&IndexedDbBackend::open("another").await));
    in_javascript("IDBFactory.prototype.open = undo; trial = 'UnknownError'; opens.length = 0")
        .await;
    assert!(is_full(&IndexedDbBackend::open("another").await));
    in_javascript("if (opens.length > 0) throw new Error(`${opens}`); trial = 'stored'").await;
    IndexedDbBackend::open(&fresh_name()).await.unwrap();
}

/// No event says that a connection has ended; it is noticed at the next transaction.
#[wasm_bindgen_test]
async fn after_a_connection_that_was_given_up_there_is_a_trial_in_chromium() {
    in_javascript(DISK).await;
    let backend = IndexedDbBackend::open(&fresh_name()).await.unwrap();
    in_javascript("lastWriter.close(); trial = 'UnknownError'; opens.length = 0").await;
    assert!(is_full(&backend.ensure_ours().await));
    in_javascript("if (opens.length > 0) throw new Error(`${opens}`); trial = 'stored'").await;
    backend.ensure_ours().await.unwrap();
}

#[wasm_bindgen_test]
async fn a_quota_or_a_trial_without_an_answer_is_opened_on() {
    in_javascript(DISK).await;
    let name = fresh_name();
    let backend = IndexedDbBackend::open(&name).await.unwrap();
    let store: Store<Kv, _> = Store::open(backend, StoreOptions::default()).await.unwrap();
    for trial in ["QuotaExceededError", "silence"] {
        store.commit(Kv::put("a", trial).unwrap()).await.unwrap();
        break_with(trial).await;
        store.backend().ensure_ours().await.unwrap();
    }
    in_javascript("trial = 'stored'").await;
    store.close().await.unwrap();
}

#[wasm_bindgen_test]
async fn a_trial_that_cannot_be_made_is_opened_on() {
    in_javascript(DISK).await;
    let backend = IndexedDbBackend::open(&fresh_name()).await.unwrap();
    let key = Key::new("a").unwrap();
    for trial in ["TypeError", "SecurityError"] {
        backend
            .atomic_write(&key, Bytes::from_static(b"1"))
            .await
            .unwrap();
        break_with(trial).await;
        backend.ensure_ours().await.unwrap();
    }
    in_javascript("trial = 'stored'").await;
}

/// What is saved before that stands behind half a record, and is gone after a restart.
#[wasm_bindgen_test]
async fn a_new_log_is_forced_before_a_database_is_opened_again_in_chromium() {
    in_javascript(DISK).await;
    let backend = IndexedDbBackend::open(&fresh_name()).await.unwrap();
    // Its new log is none of this test's.
    in_javascript("await new Promise((next) => setTimeout(next, 500)); longKeys.length = 0").await;
    break_with("stored").await;
    backend.ensure_ours().await.unwrap();
    in_javascript(
        "if (opens[0] !== 'open steadfast makes and deletes this') throw new Error(`${opens}`);
        if (longKeys.join() !== '1,1') throw new Error(`long keys after ${longKeys} opens`);",
    )
    .await;
}

/// Where no trial can be made, nobody waits for the new log.
#[wasm_bindgen_test]
async fn a_database_whose_connection_ended_has_a_new_log_in_chromium() {
    in_javascript(DISK).await;
    let backend = IndexedDbBackend::open(&fresh_name()).await.unwrap();
    let key = Key::new("a").unwrap();
    backend
        .atomic_write(&key, Bytes::from_static(b"1"))
        .await
        .unwrap();
    break_with("TypeError").await;
    backend.ensure_ours().await.unwrap();
    in_javascript("
        const isMade = (way) => opens.some((it) => it === `${way} steadfast makes and deletes this`);
        for (let tries = 0; !isMade('open') || !isMade('deleteDatabase'); tries += 1) {
            if (tries > 100) throw new Error(`${opens}`);
            await new Promise((next) => setTimeout(next, 50));
        }",
    )
    .await;
}

/// The tab is closed between the end of a deletion and whatever would follow it.
#[wasm_bindgen_test]
async fn a_deletion_whose_end_nobody_heard_is_no_eviction() {
    let name = fresh_name();
    drop(IndexedDbBackend::open(&name).await.unwrap());
    in_javascript(
        "window.undo = IDBFactory.prototype.deleteDatabase;
        IDBFactory.prototype.deleteDatabase = function (...given) {
            undo.apply(this, given);
            return new EventTarget();
        };",
    )
    .await;
    let deleted = name.clone();
    spawn_local(async move { drop(IndexedDbBackend::destroy(&deleted).await) });
    in_javascript("await new Promise((next) => setTimeout(next, 500))").await;
    in_javascript("IDBFactory.prototype.deleteDatabase = undo").await;
    // Whoever deletes still holds the lock, which a closed tab does not.
    let options = Options::default().when_locked(WhenLocked::TakeOver);
    IndexedDbBackend::open_with(&name, options).await.unwrap();
}
