//! The site's data is cleared while a worker has private files open: the browser leaves the open
//! files as they are, and a flush into one whose name is gone is still not acknowledged.

use serde_json::json;

use crate::browser::{Browser, Engine, Tab};

/// A tab whose worker has a store of private files with one commit in it.
fn writer(browser: &Browser) -> Tab {
    let tab = browser.open_tab();
    browser.must_in_worker(
        &tab,
        "await tab.open_files('notes', ''); await tab.commit_to_files('a', '1')",
    );
    tab
}

/// Nothing that comes now is acknowledged, and to ask says why.
fn is_told(browser: &Browser, tab: &Tab) {
    let ask = "await tab.ensure_files_are_ours()";
    let error = browser.fails_in_worker(tab, ask);
    assert!(error.starts_with("Removed"), "{error}");
    let error = browser.fails_in_worker(tab, "await tab.commit_to_files('b', '2')");
    assert!(error.contains("was removed while it was open"), "{error}");
    browser.fails_in_worker(tab, "await tab.commit_to_files('c', '3')");
    let error = browser.fails_in_worker(tab, ask);
    assert!(error.starts_with("Removed"), "{error}");
}

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_what_the_site_clears() {
    let (browser, other) = Browser::start();
    let tab = writer(&browser);
    browser.must_in_worker(&tab, "await tab.ensure_files_are_ours()");
    browser.must(&other, "await (await fetch('/clear')).text()");
    is_told(&browser, &tab);
}

/// The commit is the first to notice.
#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_what_the_person_clears() {
    let (browser, _) = Browser::start();
    assert_eq!(
        browser.engine,
        Engine::Chromium,
        "only Chromium lets a test clear as a person does"
    );
    let tab = writer(&browser);
    let origin = browser.address.trim_end_matches('/');
    browser.chromium(
        "Storage.clearDataForOrigin",
        &json!({ "origin": origin, "storageTypes": "all" }),
    );
    let error = browser.fails_in_worker(&tab, "await tab.commit_to_files('b', '2')");
    assert!(error.contains("was removed while it was open"), "{error}");
    browser.fails_in_worker(&tab, "await tab.commit_to_files('c', '3')");
    // To close what is gone comes to an end, and the open that goes on makes nothing.
    browser.must_in_worker(&tab, "tab.close_files()");
    let error = browser.fails_in_worker(&tab, "await tab.open_files('notes', 'existing')");
    assert!(error.starts_with("Evicted"), "{error}");
}

/// Another tab is about to make the store anew: the name is there, and the file is another one.
#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_what_another_tab_begins_anew() {
    let (browser, other) = Browser::start();
    let tab = writer(&browser);
    browser.must(
        &other,
        "const folder = async () => {
             const stores = (await navigator.storage.getDirectory())
                 .getDirectoryHandle('steadfast', { create: true });
             return (await stores).getDirectoryHandle('notes', { create: true });
         };
         const names = await Array.fromAsync((await folder()).keys());
         await (await fetch('/clear')).text();
         const anew = await folder();
         for (const name of names) await anew.getFileHandle(name, { create: true });",
    );
    is_told(&browser, &tab);
}

/// The other tab has made it: what the old one writes would go into files that nobody finds.
#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_what_another_tab_has_made_anew() {
    let (browser, other) = Browser::start();
    let tab = writer(&browser);
    browser.must(&other, "await (await fetch('/clear')).text()");
    browser.must_in_worker(
        &other,
        "await tab.open_files('notes', 'accept loss'); await tab.commit_to_files('mine', '1')",
    );
    is_told(&browser, &tab);
    assert_eq!(
        browser.must_in_worker(&other, "return tab.count_in_files()"),
        1
    );
    browser.must_in_worker(&other, "await tab.ensure_files_are_ours()");
}

/// Chromium never returns from closing a file whose name is gone. A long file is closed as soon as
/// it is free, so its name is looked at first.
#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_a_long_file_that_is_given_back() {
    let (browser, other) = Browser::start();
    let tab = writer(&browser);
    browser.must_in_worker(&tab, "await tab.stage_in_files('long', 2 << 20)");
    browser.must(&other, "await (await fetch('/clear')).text()");
    browser.must_in_worker(&tab, "tab.abandon_what_is_staged()");
    is_told(&browser, &tab);
}
