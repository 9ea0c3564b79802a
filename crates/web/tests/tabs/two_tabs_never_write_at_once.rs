//! Two tabs want to write. The second is told who writes, and may wait for the lock or take over.
//! The tab that was taken over cannot overwrite anything.

use crate::browser::Browser;

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn the_second_is_told_who_writes_and_can_wait() {
    let (browser, first) = Browser::start();
    browser.must(
        &first,
        "await tab.open('notes', ''); await tab.commit('a', '1')",
    );
    let second = browser.open_tab();
    let error = browser.fails(&second, "await tab.open('notes', '')");
    assert!(error.starts_with("Locked"), "{error}");
    let named = format!("the tab \"notes\" ({}", browser.address);
    assert!(error.contains(&named), "{error}");

    browser.must(
        &second,
        "window.turn = tab.open('notes', 'wait').then(() => tab.count()); return",
    );
    browser.must(&first, "await tab.commit('b', '2'); tab.close()");
    assert_eq!(browser.must(&second, "return await window.turn"), 2);
    browser.must(&second, "await tab.commit('c', '3')");
}

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn the_one_that_lost_its_turn_cannot_overwrite() {
    let (browser, first) = Browser::start();
    browser.must(
        &first,
        "await tab.open('notes', ''); await tab.commit('a', '1')",
    );
    let second = browser.open_tab();
    browser.must(&second, "await tab.open('notes', 'take over')");
    assert_eq!(browser.must(&second, "return tab.count()"), 1);
    browser.must(&second, "await tab.commit('b', 'from the second')");
    for _ in 0..2 {
        let error = browser.fails(&first, "await tab.commit('b', 'from the first')");
        assert!(error.starts_with("Fenced"), "{error}");
    }
    let error = browser.fails(&first, "await tab.save('blob', 100, 1)");
    assert!(error.starts_with("Fenced"), "{error}");
    browser.must(&second, "await tab.commit('c', '3')");
    browser.visit(&first);
    browser.must(&second, "tab.close()");
    browser.must(&first, "await tab.open('notes', '')");
    assert_eq!(browser.must(&first, "return tab.count()"), 3);
    assert_eq!(browser.must(&first, "return tab.is_sound()"), true);
}

/// Without the lock, only the fence in the database is left.
#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn the_fence_alone_keeps_a_tab_out_that_does_not_know() {
    let (browser, first) = Browser::start();
    // A page that was not loaded securely has no locks.
    let without_locks = "Object.defineProperty(navigator, 'locks', { value: undefined })";
    browser.must(&first, without_locks);
    browser.must(
        &first,
        "await tab.open('notes', ''); await tab.commit('a', '1')",
    );
    let second = browser.open_tab();
    browser.must(&second, without_locks);
    browser.must(&second, "await tab.open('notes', '')");
    let error = browser.fails(&first, "await tab.commit('b', 'from the first')");
    assert!(error.starts_with("Fenced"), "{error}");
    let error = browser.fails(&first, "await tab.save('blob', 100, 1)");
    assert!(error.starts_with("Fenced"), "{error}");
    assert_eq!(browser.must(&second, "return tab.look('blob')"), "");
    browser.must(&second, "await tab.commit('b', 'from the second')");
    assert_eq!(browser.must(&second, "return tab.count()"), 2);
}
