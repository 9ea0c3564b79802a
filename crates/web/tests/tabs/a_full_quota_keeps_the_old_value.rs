//! The quota is exceeded in the middle of a save: the error says so, the old value is whole,
//! nothing acknowledged is lost.

use serde_json::json;

use crate::browser::{Browser, Engine};

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_a_full_quota_keeps_the_old_value() {
    let (browser, tab) = Browser::start();
    assert_eq!(
        browser.engine,
        Engine::Chromium,
        "only Chromium lets a test set the quota"
    );
    let origin = browser.address.trim_end_matches('/');
    // Before the first use: the browser remembers for half a minute how much room there was.
    browser.chromium(
        "Storage.overrideQuotaForOrigin",
        &json!({ "origin": origin, "quotaSize": 15_000_000 }),
    );
    browser.must(&tab, "await tab.open('notes', '')");
    for number in 0..20 {
        browser.must(
            &tab,
            &format!("await tab.commit('key {number}', 'x'.repeat(1000))"),
        );
    }
    browser.must(&tab, "await tab.save('blob', 9_000_000, 1)");

    // Nine megabytes go down in pieces of four: the first fits beside the old value, the next does
    // not.
    let error = browser.fails(&tab, "await tab.save('blob', 9_000_000, 2)");
    assert!(error.starts_with("StorageFull"), "{error}");
    assert!(error.contains("QuotaExceededError"), "{error}");
    assert_eq!(
        browser.must(&tab, "return tab.look('blob')"),
        "9000000 of 1"
    );

    let large =
        "await tab.commit('large', Array.from({ length: 2e6 }, () => Math.random()).join(''))";
    // The store above is not there for what it cannot save, and says so.
    let error = browser.fails(&tab, large);
    assert!(error.starts_with("OutcomeUnknown"), "{error}");
    assert!(error.contains("QuotaExceededError"), "{error}");

    browser.chromium(
        "Storage.overrideQuotaForOrigin",
        &json!({ "origin": origin }),
    );
    browser.visit(&tab);
    browser.must(&tab, "await tab.open('notes', '')");
    assert_eq!(browser.must(&tab, "return tab.count()"), 20);
    assert_eq!(browser.must(&tab, "return tab.is_sound()"), true);
    assert_eq!(
        browser.must(&tab, "return tab.look('blob')"),
        "9000000 of 1"
    );
    let leftovers = "const open = indexedDB.open('steadfast:notes');
        await new Promise(done => open.onsuccess = done);
        const count = open.result.transaction('staged').objectStore('staged').count();
        await new Promise(done => count.onsuccess = done);
        return count.result";
    assert_eq!(browser.must(&tab, leftovers), 0);
}

/// A pool that never waits must have all of its files before it is used: an open that finds no room
/// for some of them fails, and comes to an end.
#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn in_chromium_a_fixed_pool_without_room_is_refused() {
    let (browser, tab) = Browser::start();
    let origin = browser.address.trim_end_matches('/');
    browser.chromium(
        "Storage.overrideQuotaForOrigin",
        &json!({ "origin": origin, "quotaSize": 5_000_000 }),
    );
    let error = browser.fails_in_worker(&tab, "await tab.open_fixed_files('notes', 40)");
    assert!(error.starts_with("StorageFull"), "{error}");
    browser.chromium(
        "Storage.overrideQuotaForOrigin",
        &json!({ "origin": origin }),
    );
    browser.must_in_worker(&tab, "await tab.open_fixed_files('other', 40)");
}
