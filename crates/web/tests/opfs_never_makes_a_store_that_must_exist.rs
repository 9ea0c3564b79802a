//! `OpfsOptions::existing` opens what is there. What is gone is `Evicted`, also where nothing
//! remembers it, and neither a folder nor a file is made in its place.

use bytes::Bytes;
use steadfast_core::{Key, Kv, Result, StorageBackend as _, Store, StoreOptions};
use steadfast_web::{OpfsBackend, OpfsOptions};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{forget, fresh_name, in_folder, in_javascript, outcome};

async fn open(name: &str, options: OpfsOptions) -> Result<Store<Kv, OpfsBackend>> {
    let backend = OpfsBackend::open_with(name, options.files(4)).await?;
    Store::open(backend, StoreOptions::default()).await
}

/// Makes a store with one pair, and closes it.
async fn make(name: &str) {
    let store = open(name, OpfsOptions::default()).await.unwrap();
    store
        .commit(Kv::put("planet", "Mars").unwrap())
        .await
        .unwrap();
    store.close().await.unwrap();
}

/// The files in the store's folder; `None` where there is no folder.
async fn files_of(name: &str) -> Option<f64> {
    let count = in_javascript(&format!(
        "try {{
             const root = await navigator.storage.getDirectory();
             const stores = await root.getDirectoryHandle('steadfast');
             const folder = await stores.getDirectoryHandle(encodeURIComponent({name:?}));
             let count = 0;
             for await (const name of folder.keys()) count += 1;
             return count;
         }} catch (error) {{
             if (error.name !== 'NotFoundError') throw error;
             return undefined;
         }}"
    ))
    .await;
    count.as_f64()
}

#[wasm_bindgen_test]
async fn what_was_never_made_is_evicted() {
    let name = fresh_name();
    for options in [OpfsOptions::default(), OpfsOptions::default().accept_loss()] {
        assert_eq!(outcome(&open(&name, options.existing()).await), "Evicted");
        assert_eq!(files_of(&name).await, None);
    }
}

/// The deletion forgets the witness too, and the refused open keeps no lock.
#[wasm_bindgen_test]
async fn what_was_deleted_is_evicted_until_somebody_makes_it() {
    let name = fresh_name();
    make(&name).await;
    OpfsBackend::destroy(&name).await.unwrap();
    let opened = open(&name, OpfsOptions::default().existing()).await;
    assert_eq!(outcome(&opened), "Evicted");
    assert_eq!(files_of(&name).await, None);
    make(&name).await;
    let opened = open(&name, OpfsOptions::default().existing()).await;
    assert_eq!(outcome(&opened), "Ok");
}

#[wasm_bindgen_test]
async fn a_folder_without_files_is_evicted_and_stays_empty() {
    let name = fresh_name();
    make(&name).await;
    in_folder(
        &name,
        "for (const name of await Array.fromAsync(folder.keys())) await folder.removeEntry(name)",
    )
    .await;
    forget(&format!("steadfast-opfs:{name}")).await;
    for options in [OpfsOptions::default(), OpfsOptions::default().accept_loss()] {
        assert_eq!(outcome(&open(&name, options.existing()).await), "Evicted");
        assert_eq!(files_of(&name).await, Some(0.0));
    }
}

#[wasm_bindgen_test]
async fn what_is_there_is_opened_and_written() {
    let name = fresh_name();
    make(&name).await;
    let store = open(&name, OpfsOptions::default().existing())
        .await
        .unwrap();
    assert!(store.read(|kv| kv.get(b"planet") == Some(b"Mars")).unwrap());
    store
        .commit(Kv::put("moon", "Phobos").unwrap())
        .await
        .unwrap();
    store.close().await.unwrap();
    let store = open(&name, OpfsOptions::default().existing())
        .await
        .unwrap();
    assert_eq!(store.read(Kv::len).unwrap(), 2);
}

/// Removes all files of the store's pool but the one of this place in their order.
async fn keep_only(name: &str, kept: usize) {
    in_folder(
        name,
        &format!(
            "const names = (await Array.fromAsync(folder.keys())).filter((name) => name !== 'holder').sort();
         for (const name of names.filter((_, place) => place !== {kept})) await folder.removeEntry(name)"
        ),
    )
    .await;
}

/// What is left can be files in which nothing was ever saved.
#[wasm_bindgen_test]
async fn a_part_of_the_files_is_no_empty_store() {
    for kept in 0..4 {
        let name = fresh_name();
        make(&name).await;
        keep_only(&name, kept).await;
        let opened = outcome(&open(&name, OpfsOptions::default()).await);
        assert!(
            ["Evicted", "Missing"].contains(&opened.as_str()),
            "{kept}: {opened}"
        );
        let opened = open(&name, OpfsOptions::default().accept_loss()).await;
        assert!(
            ["Ok", "Missing"].contains(&outcome(&opened).as_str()),
            "{kept}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_store_whose_last_key_was_deleted_opens() {
    let name = fresh_name();
    let key: Key = "a/b".parse().unwrap();
    let backend = OpfsBackend::open(&name).await.unwrap();
    backend
        .atomic_write(&key, Bytes::from_static(b"1"))
        .await
        .unwrap();
    backend.delete(&key).await.unwrap();
    drop(backend);
    assert!(OpfsBackend::open(&name).await.is_ok());
}

/// A file is made before its head is written: a crash or a full disk in between leaves it empty.
#[wasm_bindgen_test]
async fn a_file_that_got_no_head_is_no_damage() {
    let name = fresh_name();
    make(&name).await;
    in_folder(
        &name,
        "const names = (await Array.fromAsync(folder.keys())).filter((name) => name !== 'holder').sort();
         const next = (parseInt(names.at(-1), 16) + 1).toString(16).padStart(8, '0');
         await folder.getFileHandle(next, { create: true })",
    )
    .await;
    let before = files_of(&name).await;
    // It is used like any other: more saves than there are free files need no further one.
    let backend = OpfsBackend::open_with(&name, OpfsOptions::default().files(4)).await;
    let backend = backend.unwrap();
    for number in 0..4 {
        let key: Key = format!("key/{number}").parse().unwrap();
        let value = Bytes::from(vec![number; 100]);
        backend.atomic_write(&key, value).await.unwrap();
        if files_of(&name).await != before {
            assert!(number > 1, "made a file while one was empty");
            break;
        }
    }
    drop(backend);
    let store = open(&name, OpfsOptions::default()).await.unwrap();
    assert!(store.read(|kv| kv.get(b"planet") == Some(b"Mars")).unwrap());
}
