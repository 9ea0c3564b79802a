//! The writing tab is closed in the middle of a long save: the old value is whole, and the next
//! open removes the rows that the save had written.

use crate::browser::Browser;

const COUNTS: &str = "const open = indexedDB.open('steadfast:notes');
    await new Promise(done => open.onsuccess = done);
    const stores = open.result.transaction(['staged', 'rows']);
    const counts = ['staged', 'rows'].map(name => stores.objectStore(name).count());
    await new Promise(done => stores.addEventListener('complete', done));
    open.result.close();
    return counts.map(count => count.result).join()";

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn a_save_cut_short_leaves_nothing() {
    let (browser, watcher) = Browser::start();
    let writer = browser.open_tab();
    browser.must(
        &writer,
        "await tab.open('notes', ''); await tab.save('blob', 3_000_000, 1)",
    );
    let before = browser.must(&watcher, COUNTS);
    browser.must(&writer, "window.saved = false; tab.save('blob', 200_000_000, 2).then(() => window.saved = true); return");
    while browser.must(&watcher, COUNTS) == before {}
    browser.close(&writer);
    let cut_short = browser.must(&watcher, COUNTS);
    let cut_short = cut_short.as_str().unwrap_or_default();
    assert!(
        cut_short.starts_with("1,"),
        "nothing was cut short: {cut_short}"
    );

    browser.must(&watcher, "await tab.open('notes', 'wait')");
    assert_eq!(
        browser.must(&watcher, "return tab.look('blob')"),
        "3000000 of 1"
    );
    browser.must(&watcher, "await tab.save('blob', 3_000_000, 3)");
    let after = browser.must(&watcher, COUNTS);
    let rows = |counts: &serde_json::Value| -> Option<u32> {
        counts.as_str()?.split_once(',')?.1.parse().ok()
    };
    assert!(
        after
            .as_str()
            .is_some_and(|counts| counts.starts_with("0,")),
        "{after}"
    );
    // Opening a store writes a row or two of its own.
    assert!(
        rows(&after) < rows(&before).map(|rows| rows + 5),
        "{before} {after}"
    );
}
