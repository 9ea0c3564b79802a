//! The promises of this crate, one behaviour a file.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

mod a_crash_state_is_one_that_a_power_cut_can_leave;
mod a_failed_state_can_be_seen_again;
mod a_replaced_file_keeps_its_blocks_until_it_is_gone;
mod no_power_cut_breaks_a_promise;
mod no_write_is_missing_from_a_recording;
mod nothing_is_left_behind;
mod wrong_ways_to_save_are_caught;
