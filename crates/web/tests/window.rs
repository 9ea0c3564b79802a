//! What is promised on a browser's main thread.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod a_closed_connection_keeps_nobody_waiting;
mod a_full_disk_is_not_opened_on;
mod a_take_over_fences_a_living_writer;
mod an_earlier_try_that_may_have_happened_is_told;
mod conformance_of_indexed_db;
mod indexed_db_never_makes_a_store_that_must_exist;
mod indexed_db_refuses_what_is_not_ours;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
