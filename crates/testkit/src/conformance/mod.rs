//! The contract of [`StorageBackend`] as tests: one promise per function, and the same tests for
//! every backend.
//!
//! A backend runs the whole suite with one line in a test file:
//! ```
//! # mod my_backend { pub use steadfast_core::MemoryBackend; }
//! use steadfast_testkit::conformance::{Place, Result};
//!
//! struct Here(my_backend::MemoryBackend);
//!
//! impl Place for Here {
//!     type Backend = my_backend::MemoryBackend;
//!     async fn open(&self) -> Result<Self::Backend> { Ok(self.0.clone()) }
//! }
//!
//! steadfast_testkit::conformance!(Here(my_backend::MemoryBackend::new()));
//! ```

use std::future::Future;

pub use steadfast_core::Result;
use steadfast_core::StorageBackend;

mod cancel;
mod listing;
mod saves;
mod stores;
mod streams;

pub use cancel::{
    a_dropped_commit_leaves_the_store_before_or_after, a_dropped_open_leaves_a_store_that_opens,
    a_dropped_save_leaves_the_old_value_or_the_new, immediate_futures_never_suspend,
};
pub use listing::{
    a_folder_is_no_prefix_of_names, a_listing_is_in_name_order_with_lengths,
    deleted_keys_are_gone_and_deleting_again_is_fine, nothing_staged_is_listed,
};
pub use saves::{
    a_create_refuses_a_taken_key, a_dropped_save_leaves_nothing,
    a_long_value_in_many_pieces_is_whole, an_empty_value_is_not_an_absent_one,
    concurrent_saves_leave_one_whole, nested_keys_are_apart, staged_bytes_are_invisible,
    test_atomic_overwrite,
};
pub use stores::{
    a_copy_holds_the_same, a_second_writer_cannot_overwrite, a_store_keeps_what_was_acknowledged,
    many_reopenings_leave_few_keys, snapshots_keep_the_state,
};
pub use streams::{
    a_conflicting_append_changes_nothing, a_write_replaces_the_stream, appends_add_up,
    appends_continue_after_reopening, reads_are_cut_to_what_is_there, reserved_room_is_not_shown,
    unsynced_bytes_are_read_back, what_follows_a_reserved_stream_is_zeros,
};

/// Where a backend can be opened, closed, and opened again on the same data.
pub trait Place {
    /// The backend under test.
    type Backend: StorageBackend;

    /// Opens the backend, also again. The previous handle has been dropped.
    fn open(&self) -> impl Future<Output = Result<Self::Backend>>;
}

/// Makes every test of the suite a `#[test]` over the given [`Place`], an expression that is
/// evaluated once for each test.
///
/// With an attribute in front, every test is an `async fn` with that attribute instead:
/// `conformance!(#[tokio::test] place)`, or `#[wasm_bindgen_test]` in a browser.
#[macro_export]
macro_rules! conformance {
    (#[$attribute:meta] $place:expr) => {
        $crate::conformance!(@list asynchronous, [#[$attribute] $place]);
    };
    ($place:expr) => {
        $crate::conformance!(@list blocking, [$place]);
    };
    (@list $kind:ident, [$($how:tt)*]) => {
        $crate::conformance!(@$kind $($how)*;
            a_conflicting_append_changes_nothing,
            a_copy_holds_the_same,
            a_create_refuses_a_taken_key,
            a_dropped_commit_leaves_the_store_before_or_after,
            a_dropped_open_leaves_a_store_that_opens,
            a_dropped_save_leaves_nothing,
            a_dropped_save_leaves_the_old_value_or_the_new,
            a_folder_is_no_prefix_of_names,
            a_listing_is_in_name_order_with_lengths,
            a_long_value_in_many_pieces_is_whole,
            a_second_writer_cannot_overwrite,
            a_store_keeps_what_was_acknowledged,
            a_write_replaces_the_stream,
            an_empty_value_is_not_an_absent_one,
            appends_add_up,
            appends_continue_after_reopening,
            concurrent_saves_leave_one_whole,
            deleted_keys_are_gone_and_deleting_again_is_fine,
            many_reopenings_leave_few_keys,
            nested_keys_are_apart,
            nothing_staged_is_listed,
            reads_are_cut_to_what_is_there,
            reserved_room_is_not_shown,
            snapshots_keep_the_state,
            staged_bytes_are_invisible,
            test_atomic_overwrite,
            unsynced_bytes_are_read_back,
            what_follows_a_reserved_stream_is_zeros,
        );
    };
    (@asynchronous #[$attribute:meta] $place:expr; $($test:ident,)*) => {
        $(
            #[$attribute]
            async fn $test() {
                $crate::conformance::passed($crate::conformance::$test(&$place).await);
            }
        )*
    };
    (@blocking $place:expr; $($test:ident,)*) => {
        $(
            #[test]
            fn $test() -> $crate::conformance::Result<()> {
                $crate::block_on($crate::conformance::$test(&$place))
            }
        )*
    };
}

/// Fails the test if it ended with an error. Not every harness accepts a test that returns
/// `Result`.
///
/// # Panics
/// With the error.
#[doc(hidden)]
#[expect(clippy::panic, reason = "a test that panics is a test that fails")]
pub fn passed(outcome: Result<()>) {
    if let Err(error) = outcome {
        panic!("{error} ({error:?})");
    }
}
