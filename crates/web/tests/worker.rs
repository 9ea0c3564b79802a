//! What is promised in a dedicated worker.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod a_take_over_fences_a_living_writer;
mod conformance_of_indexed_db;
mod conformance_of_opfs;
mod indexed_db_never_makes_a_store_that_must_exist;
mod indexed_db_refuses_what_is_not_ours;
mod opfs_fences_a_writer_that_lost_its_lock;
mod opfs_never_makes_a_store_that_must_exist;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
