//! The promises of the program, one a file. Each starts the program as a user would.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod common;

mod a_backup_of_a_living_store_is_whole;
#[cfg(target_os = "linux")]
mod a_place_that_fails_loses_nothing;
mod a_place_that_is_no_store_is_left_alone;
mod a_store_in_use_is_waited_for;
#[cfg(unix)]
mod acknowledged_records_survive_kill_9;
mod bad_input_is_named_with_its_line;
mod damage_is_found_and_named;
mod every_value_comes_back_as_it_went_in;
#[cfg(target_os = "linux")]
mod failures_of_the_system_come_with_a_remedy;
mod help_teaches;
#[cfg(unix)]
mod ignored_signals_stay_ignored;
#[cfg(target_os = "linux")]
mod nothing_from_outside_acts_on_a_terminal;
mod one_writer_and_any_number_of_readers;
mod output_fits_where_it_goes;
#[cfg(unix)]
mod save_replaces_a_file_whole_or_not_at_all;
mod status_verify_and_inspect_explain;
#[cfg(unix)]
mod the_demo_loses_nothing;
mod torture_shows_who_loses;
