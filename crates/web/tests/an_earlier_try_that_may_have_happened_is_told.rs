//! A commit happens, but the connection ends before anybody hears of it, and the retry is refused
//! for want of room. Then it is not known that nothing was saved: the outcome is unknown, and
//! nothing of the new value is thrown away.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Precondition, Staged, StorageBackend, WHOLE};
use steadfast_web::IndexedDbBackend;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{fresh_name, in_javascript};

/// In the page: `writing` is the connection that wrote last. While `mute`, no end of a transaction
/// is heard; while `tight`, every `put` finds the quota used up.
const BROWSER: &str = "
    if (window.mute !== undefined) return;
    window.mute = window.tight = false;
    for (const end of ['oncomplete', 'onabort']) {
        const { set } = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, end);
        Object.defineProperty(IDBTransaction.prototype, end, {
            configurable: true,
            set(hear) { set.call(this, hear && (() => mute || hear())); },
        });
    }
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given) {
        if (tight) throw new DOMException('', 'QuotaExceededError');
        return put.apply(this, given);
    };
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
        if (mode === 'readwrite') window.writing = this;
        return transaction.call(this, stores, mode, options);
    };";

/// Longer than what is put down in one transaction.
const LONG: usize = 5 << 20;

#[wasm_bindgen_test]
async fn what_a_retry_without_room_leaves_is_unknown_and_whole() {
    in_javascript(BROWSER).await;
    let name = fresh_name();
    let backend = IndexedDbBackend::open(&name).await.unwrap();
    let key = Key::new("snapshot").unwrap();
    let [old, new] = [b'a', b'b'].map(|byte| Bytes::from(vec![byte; LONG]));
    backend.atomic_write(&key, old).await.unwrap();

    let mut staged = backend.stage(&key).await.unwrap();
    staged.write(new.clone()).await.unwrap();
    in_javascript("mute = true").await;
    let came_to = Rc::new(RefCell::new(None));
    let result = Rc::clone(&came_to);
    spawn_local(async move {
        *result.borrow_mut() = Some(staged.commit(Precondition::None).await);
    });
    in_javascript("await new Promise(next => setTimeout(next, 500))").await;
    assert!(came_to.borrow().is_none());
    in_javascript("mute = false; tight = true; writing.dispatchEvent(new Event('close'))").await;
    for _ in 0..100 {
        if came_to.borrow().is_some() {
            break;
        }
        in_javascript("await new Promise(next => setTimeout(next, 50))").await;
    }
    in_javascript("tight = false").await;
    let came_to = came_to.borrow_mut().take();
    assert!(matches!(
        came_to,
        Some(Err(PersistenceError::OutcomeUnknown { .. }))
    ));
    drop(backend);
    let again = IndexedDbBackend::open(&name).await.unwrap();
    let found = again.read(&key, WHOLE).await.unwrap();
    assert!(found.is_some_and(|found| found == new));
}
