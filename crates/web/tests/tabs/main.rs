//! What is promised where several tabs meet, and where a browser fails: each test drives tabs of a
//! real browser.
//!
//! `cargo xtask test browser` builds the page, starts nothing by itself, and runs these tests once
//! for each engine. By hand they need
//! * `STEADFAST_ENGINE`: `chromium`, `firefox` or `webkit`;
//! * `STEADFAST_PAGE`: the directory with `tab.js` and `tab_bg.wasm` (see `examples/tab.rs`).
#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod a_closed_tab_loses_nothing_acknowledged;
mod a_deleted_database_is_no_empty_store;
mod a_full_quota_keeps_the_old_value;
mod a_newer_version_is_given_way_to;
mod a_save_cut_short_leaves_nothing;
mod browser;
mod page;
mod private_files_that_are_gone_acknowledge_nothing;
mod two_tabs_never_write_at_once;
mod webdriver;
