//! A tab with a newer program upgrades the database. The old tab closes its connection at once,
//! says that it is too old, and spoils nothing.

use crate::browser::Browser;

const UPGRADE: &str = "const open = indexedDB.open('steadfast:notes', 99);
    await new Promise((done, no) => { open.onsuccess = done; open.onblocked = () => no(Error('blocked')); });
    window.newer = open.result;";

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn a_newer_version_is_given_way_to() {
    let (browser, old) = Browser::start();
    browser.must(
        &old,
        "await tab.open('notes', ''); await tab.commit('a', '1')",
    );
    let newer = browser.open_tab();
    browser.must(&newer, UPGRADE);
    let heads = "const all = newer.transaction('heads').objectStore('heads').getAll();
        await new Promise(done => all.onsuccess = done);
        return JSON.stringify(all.result)";
    let before = browser.must(&newer, heads);

    let error = browser.fails(&old, "await tab.commit('b', '2')");
    assert!(error.contains("use a newer steadfast"), "{error}");
    browser.must(&old, "tab.close()");
    let error = browser.fails(&old, "await tab.open('notes', '')");
    assert!(error.starts_with("NewerFormat"), "{error}");
    assert_eq!(browser.must(&newer, heads), before);
}
