//! The promises of this crate, one behaviour a file. Those about what has no public name are in
//! `inside/`, and built into the library.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod support;

mod a_directory_that_keeps_its_names_is_refused_first;
mod a_file_in_the_way_is_no_store;
mod a_folder_under_a_stores_next_name_locks_nobody_out;
mod a_fork_of_a_writer_changes_nothing;
mod a_link_in_a_store_is_never_followed;
mod a_link_leads_a_save_where_it_leads_the_kernel;
mod a_link_that_the_kernel_would_not_follow_is_not_followed;
mod a_refused_call_has_another_way;
mod a_saved_file_lets_in_nobody_new;
mod a_scan_goes_on_in_the_file_that_the_key_has;
mod a_strangers_file_that_the_kernel_protects_is_not_replaced;
mod a_stream_is_the_file_of_its_name;
mod an_overtaken_writer_acknowledges_nothing;
mod appends_continue_what_was_there;
mod appends_into_room_are_durable_at_once;
mod atomic_file_appears_whole;
mod atomic_file_follows_or_replaces_links;
mod atomic_file_keeps_attributes;
mod atomic_file_refuses_what_is_no_file;
mod atomic_file_takes_relative_paths;
mod concurrent_appends_never_overlap;
mod concurrent_saves_leave_one_whole;
mod conflicting_append_changes_nothing;
mod create_refuses_a_taken_key;
mod create_works_without_exclusive_rename;
mod created_directories_are_flushed;
mod deleted_keys_are_gone_durably;
mod directory_flush_failure_is_outcome_unknown;
mod dropped_stage_leaves_nothing;
mod durable_append_is_one_write_and_one_flush;
mod failed_append_poisons_the_stream;
mod failed_flush_poisons_the_stream;
mod failed_save_keeps_the_old_value;
mod file_system_is_named;
mod first_append_flushes_the_directory;
mod foreign_directory_is_refused_unchanged;
mod full_disk_keeps_the_old_value;
mod hard_links_keep_the_old_bytes;
mod interrupted_calls_are_continued;
mod leftovers_are_cleaned_at_open;
mod leftovers_beside_a_file_go_with_its_next_save;
mod list_shows_keys_only;
mod lock_ends_with_the_last_handle;
mod lock_names_the_holder;
mod long_saves_are_on_their_way_before_their_flush;
mod old_bytes_stay_readable_while_saving;
mod only_who_may_write_a_store_can_hold_its_lock;
mod open_handles_are_bounded;
mod open_makes_what_it_finds_durable;
mod overwriting_a_stream_starts_it_anew;
mod private_files_stay_private;
mod read_is_cut_to_what_is_there;
mod read_only_directory_is_refused_clearly;
mod read_only_handle_writes_nothing;
mod removed_directory_is_never_acknowledged;
mod room_written_ahead_is_not_shown;
mod root_shuts_no_owner_out;
mod save_flushes_file_renames_flushes_directory;
mod special_files_are_no_streams;
mod staged_data_is_invisible;
mod sync_without_change_flushes_nothing;
mod test_atomic_overwrite;
mod unique_numbers_differ;
mod what_survives_is_what_is_there;
