//! What the tests share.

use std::cell::Cell;

use js_sys::{Function, Promise};
use steadfast_core::Result;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// A name that no other test, nor an earlier run, has used.
pub(crate) fn fresh_name() -> String {
    let number = NEXT.replace(NEXT.get() + 1);
    format!("test {} {number}", js_sys::Math::random())
}

/// `Ok`, or the error's kind.
pub(crate) fn outcome<T>(result: &Result<T>) -> String {
    let said = match result {
        Ok(_) => return "Ok".into(),
        Err(error) => format!("{error:?}"),
    };
    let kind = said.split([' ', '(', '{']).next();
    kind.unwrap_or_default().into()
}

/// Runs the body of an asynchronous function, and gives what it returns.
pub(crate) async fn in_javascript(body: &str) -> JsValue {
    let call = Function::new_no_args(&format!("return (async () => {{ {body} }})()"));
    let answer: Promise = call.call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
    JsFuture::from(answer).await.unwrap()
}

/// The same, with the folder of the OPFS store `name` as `folder`.
pub(crate) async fn in_folder(name: &str, body: &str) -> JsValue {
    in_javascript(&format!(
        "const root = await navigator.storage.getDirectory();
         const stores = await root.getDirectoryHandle('steadfast');
         const folder = await stores.getDirectoryHandle(encodeURIComponent({name:?}));
         {body}"
    ))
    .await
}

/// Removes what remembers that a store was here: the witness of the database or of the files.
pub(crate) async fn forget(witness: &str) {
    in_javascript(&format!(
        "const cache = await caches.open('steadfast');
         await cache.delete('/.steadfast-witness/' + encodeURIComponent({witness:?}));
         globalThis.localStorage?.removeItem('steadfast witness ' + {witness:?})"
    ))
    .await;
}
