//! A writer of private files whose lock was taken away acknowledges nothing more, and `ensure_ours`
//! says so. Its open files keep the other one out until it lets go of them.

use steadfast_core::{Kv, Result, Store, StoreOptions};
use steadfast_web::{OpfsBackend, OpfsOptions, WhenLocked};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{fresh_name, in_folder, in_javascript, outcome};

async fn open(name: &str, when: WhenLocked) -> Result<Store<Kv, OpfsBackend>> {
    let options = OpfsOptions::default().files(4).when_locked(when);
    let backend = OpfsBackend::open_with(name, options).await?;
    Store::open(backend, StoreOptions::default()).await
}

#[wasm_bindgen_test]
async fn nothing_is_acknowledged_after_a_take_over() {
    let name = fresh_name();
    let old = open(&name, WhenLocked::default()).await.unwrap();
    old.commit(Kv::put("a", "old").unwrap()).await.unwrap();
    assert_eq!(outcome(&old.backend().ensure_ours().await), "Ok");
    let refused = open(&name, WhenLocked::TakeOver).await;
    assert_eq!(outcome(&refused), "Locked");
    assert_eq!(outcome(&old.backend().ensure_ours().await), "Fenced");
    for _ in 0..2 {
        let committed = old.commit(Kv::put("late", "old").unwrap()).await;
        assert_eq!(outcome(&committed), "Fenced");
    }
    drop(old);
    let new = open(&name, WhenLocked::default()).await.unwrap();
    assert_eq!(
        new.read(|kv| kv.get(b"a").map(<[u8]>::to_vec)).unwrap(),
        Some(b"old".to_vec())
    );
    assert_eq!(new.read(Kv::len).unwrap(), 1);
}

/// Somebody that uses no locks has a file of the store open, or a worker that ends at this moment.
#[wasm_bindgen_test]
async fn files_that_somebody_holds_are_locked() {
    let name = fresh_name();
    drop(open(&name, WhenLocked::default()).await.unwrap());
    in_folder(
        &name,
        "const names = (await Array.fromAsync(folder.keys())).filter((name) => name !== 'holder');
         const file = await folder.getFileHandle(names[0]);
         globalThis.heldFile = await file.createSyncAccessHandle()",
    )
    .await;
    for refused in [
        open(&name, WhenLocked::default()).await.map(drop),
        OpfsBackend::destroy(&name).await,
    ] {
        let sentence = refused.as_ref().unwrap_err().to_string();
        assert_eq!(outcome(&refused), "Locked");
        assert!(sentence.contains("waiting 2.0 s"), "{sentence}");
    }
    in_javascript("globalThis.heldFile.close()").await;
    OpfsBackend::destroy(&name).await.unwrap();
}
