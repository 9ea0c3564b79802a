//! The database is deleted while a tab has it open, or the browser evicts it. The tab is told what
//! happened, and never finds an empty store.

use serde_json::json;

use crate::browser::{Browser, Engine};

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn a_database_deleted_by_another_tab_is_missed() {
    let (browser, first) = Browser::start();
    browser.must(
        &first,
        "await tab.open('notes', ''); await tab.commit('a', '1')",
    );
    let second = browser.open_tab();
    // The deletion is not blocked: the first tab closes its connection.
    browser.must(
        &second,
        "const gone = indexedDB.deleteDatabase('steadfast:notes');
         await new Promise((done, no) => { gone.onsuccess = done; gone.onblocked = () => no(Error('blocked')); })",
    );
    let error = browser.fails(&first, "await tab.commit('b', '2')");
    assert!(error.contains("was removed while it was open"), "{error}");
    browser.must(&first, "tab.close()");
    for tab in [&first, &second] {
        let error = browser.fails(tab, "await tab.open('notes', '')");
        assert!(error.starts_with("Evicted"), "{error}");
    }
    browser.must(&first, "await tab.open('notes', 'accept loss')");
    assert_eq!(browser.must(&first, "return tab.count()"), 0);
    browser.must(&first, "await tab.commit('b', '2'); tab.close()");
    browser.must(&second, "await tab.open('notes', '')");
    assert_eq!(browser.must(&second, "return tab.count()"), 1);
}

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn a_database_deleted_and_made_anew_is_not_written_to() {
    let (browser, first) = Browser::start();
    browser.must(
        &first,
        "await tab.open('notes', ''); await tab.commit('a', '1')",
    );
    let second = browser.open_tab();
    browser.must(
        &second,
        "const gone = indexedDB.deleteDatabase('steadfast:notes');
         await new Promise(done => gone.onsuccess = done);
         localStorage.clear(); await caches.delete('steadfast');",
    );
    // The first tab still holds its lock, so this one has to take over.
    browser.must(
        &second,
        "await tab.open('notes', 'take over'); await tab.commit('mine', '1')",
    );
    let error = browser.fails(&first, "await tab.commit('b', '2')");
    let is_told = error.starts_with("Fenced") || error.contains("was removed");
    assert!(is_told, "{error}");
    assert_eq!(browser.must(&second, "return tab.count()"), 1);
}

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_an_evicted_store_is_not_an_empty_one() {
    let (browser, tab) = Browser::start();
    assert_eq!(
        browser.engine,
        Engine::Chromium,
        "only Chromium lets a test evict"
    );
    browser.must(
        &tab,
        "await tab.open('notes', ''); await tab.commit('a', '1')",
    );
    let origin = browser.address.trim_end_matches('/');
    browser.chromium(
        "Storage.clearDataForOrigin",
        &json!({ "origin": origin, "storageTypes": "indexeddb,cache_storage" }),
    );
    let error = browser.fails(&tab, "await tab.commit('b', '2')");
    assert!(error.contains("was removed while it was open"), "{error}");
    browser.must(&tab, "tab.close()");
    let error = browser.fails(&tab, "await tab.open('notes', '')");
    assert!(error.starts_with("Evicted"), "{error}");
    browser.must(
        &tab,
        "await tab.destroy('notes'); await tab.open('notes', '')",
    );
}

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn an_open_that_hangs_ends_with_a_clear_error() {
    let (browser, first) = Browser::start();
    browser.must(
        &first,
        "await tab.open('notes', ''); await tab.commit('a', '1'); tab.close()",
    );
    let second = browser.open_tab();
    // A page that does not close its connection, and a deletion that waits for it.
    browser.must(
        &second,
        "const open = indexedDB.open('steadfast:notes');
         await new Promise(done => open.onsuccess = done);
         window.kept = open.result;
         indexedDB.deleteDatabase('steadfast:notes')",
    );
    let error = browser.fails(&first, "await tab.open('notes', '')");
    assert!(error.contains("TimeoutError"), "{error}");
    assert!(error.contains("close"), "{error}");
}
