//! The promises of the program, one a file. Each starts the program as a user would. Those about
//! what nobody sees from outside are in `inside/`, and built into the program.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod common;

// A program has no library to link: its readers are built in.
#[expect(
    dead_code,
    unused_imports,
    reason = "the program needs all of it, the tests a part"
)]
#[path = "../src/records/mod.rs"]
mod records;
#[expect(dead_code, reason = "the program needs all of it, the tests a part")]
#[path = "../src/text.rs"]
mod text;

mod a_backup_of_a_living_store_is_whole;
#[cfg(target_os = "linux")]
mod a_place_that_fails_loses_nothing;
mod a_place_that_is_no_store_is_left_alone;
#[cfg(target_os = "linux")]
mod a_read_that_fails_is_no_damage;
#[cfg(target_os = "linux")]
mod a_snapshot_makes_room_on_a_full_disk;
mod a_store_in_use_is_waited_for;
mod a_store_of_the_browser_keeps_its_values;
#[cfg(unix)]
mod acknowledged_records_survive_kill_9;
#[cfg(target_os = "linux")]
mod an_interrupt_ends_whoever_waits;
#[cfg(unix)]
mod an_interrupted_import_keeps_what_it_read;
mod bad_input_is_named_with_its_line;
mod damage_is_found_and_named;
mod every_value_comes_back_as_it_went_in;
#[cfg(target_os = "linux")]
mod failures_of_the_system_come_with_a_remedy;
mod help_teaches;
#[cfg(unix)]
mod ignored_signals_stay_ignored;
mod import_reads_what_python_reads;
#[cfg(target_os = "linux")]
mod input_that_has_gone_is_not_empty;
#[cfg(target_os = "linux")]
mod nothing_from_outside_acts_on_a_terminal;
mod one_writer_and_any_number_of_readers;
mod output_fits_where_it_goes;
#[cfg(unix)]
mod output_that_is_not_written_is_an_error;
#[cfg(unix)]
mod save_replaces_a_file_whole_or_not_at_all;
mod status_verify_and_inspect_explain;
#[cfg(unix)]
mod the_answer_is_the_same_when_nobody_listens;
#[cfg(target_os = "linux")]
mod the_demo_empties_only_its_own;
#[cfg(unix)]
mod the_demo_loses_nothing;
mod torture_shows_who_loses;
#[cfg(unix)]
mod unreadable_input_is_not_empty;
