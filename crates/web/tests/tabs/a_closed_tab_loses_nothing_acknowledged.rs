//! The writing tab is closed in the middle of its commits. The tab that waits for the lock finds
//! every commit that was acknowledged.

use serde_json::Value;

use crate::browser::Browser;

#[test]
#[ignore = "needs a browser: `cargo xtask test browser`"]
fn a_closed_tab_loses_nothing_acknowledged() {
    let (browser, watcher) = Browser::start();
    let mut acknowledged_before = 0;
    for round in 0..5 {
        let writer = browser.open_tab();
        // Acknowledgements are noted where they outlive the tab.
        browser.must(
            &writer,
            &format!(
                "await tab.open('notes', 'wait');
                 (async () => {{
                     for (let n = 0; ; n++) {{
                         await tab.commit('{round} ' + n, 'x'.repeat(200));
                         localStorage.setItem('acknowledged', {acknowledged_before} + n + 1);
                     }}
                 }})();
                 await new Promise(next => setTimeout(next, {}))",
                100 + 70 * round
            ),
        );
        browser.must(&watcher, "window.turn = tab.open('notes', 'wait'); return");
        browser.close(&writer);
        browser.must(&watcher, "await window.turn");
        let noted = browser.must(
            &watcher,
            "return Number(localStorage.getItem('acknowledged'))",
        );
        let found = browser.must(&watcher, "return tab.count()");
        let (noted, found) = (number(&noted), number(&found));
        assert!(noted > acknowledged_before, "the writer wrote nothing");
        // One commit may be there whose acknowledgement did not come any more.
        assert!(
            found == noted || found == noted + 1,
            "{noted} acknowledged, {found} found"
        );
        assert_eq!(browser.must(&watcher, "return tab.is_sound()"), true);
        browser.must(&watcher, "tab.close()");
        acknowledged_before = found;
    }
}

fn number(value: &Value) -> u64 {
    // Some drivers send `3.0`.
    let text = value.to_string();
    let whole = text.split('.').next().and_then(|whole| whole.parse().ok());
    whole.expect("a number")
}
