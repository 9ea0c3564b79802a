//! Mutants of what keeps threads and failed requests apart, each with the test that must notice it.

use super::{CORE, Mutant, TESTKIT};

const BESIDE: &str = "every_crash_state_of_the_file_backend";

/// For streams that several callers use at once, and for callers that wait behind a failure.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        what: "the end of the handle after a request that failed",
        file: "crates/core/src/store/turn.rs",
        from: "Err(error) if !writer.take_harmless() => {",
        to: "Err(error) if false && !writer.take_harmless() => {",
        package: CORE,
        test: &[
            "--test",
            "a_failed_request_ends_the_handle",
            "a_snapshot_that_fails_at_any_step_is_followed_by_no_commit_that_is_lost",
        ],
    },
    Mutant {
        what: "the state that changes before its commit is answered",
        file: "crates/core/src/store/turn.rs",
        from: "        match commit(shared, writer, frames, operations).await {\n            Ok(first) => {\n",
        to: "        let (first, limit) = (writer.next_lsn(), shared.options.segment_len);\n        match writer.append(&shared.backend, frames, true, limit).await {\n            Ok(_) => {\n                work.commits.group.settle(Ok(first));\n                shared.apply(operations, first)?;\n",
        package: CORE,
        test: &["--test", "an_answered_commit_can_be_read"],
    },
    Mutant {
        what: "what was appended before a flush, and not during it",
        file: "crates/file/src/backend/stream.rs",
        from: "            state.flushed = writes;\n",
        to: "            state.flushed = state.writes.max(writes);\n",
        package: TESTKIT,
        test: &[
            "--test",
            BESIDE,
            "a_flush_vouches_for_no_append_that_came_during_it",
        ],
    },
    Mutant {
        what: "the room that came before a flush, and not during it",
        file: "crates/file/src/backend/stream.rs",
        from: "            state.rooms_flushed = rooms;\n",
        to: "            state.rooms_flushed = state.rooms.max(rooms);\n",
        package: TESTKIT,
        test: &[
            "--test",
            BESIDE,
            "a_flush_vouches_for_no_room_that_came_during_it",
        ],
    },
    Mutant {
        what: "the end of what was kept of a stream that is replaced",
        file: "crates/file/src/backend/stream.rs",
        from: "        let mut direct = hold(&self.direct);\n        *direct = None;\n",
        to: "        let _direct = hold(&self.direct);\n",
        package: TESTKIT,
        test: &[
            "--test",
            BESIDE,
            "a_direct_append_begins_with_the_bytes_of_the_new_value",
        ],
    },
    Mutant {
        what: "the end of the room of a stream that is replaced",
        file: "crates/file/src/backend/stream.rs",
        from: "            state.zeros_end = 0;\n            state.is_followed = false;\n",
        to: "            state.is_followed = false;\n",
        package: TESTKIT,
        test: &[
            "--test",
            BESIDE,
            "a_replaced_stream_has_no_room_before_it_is_reserved_again",
        ],
    },
    Mutant {
        what: "the look whether somebody uses a stream before it is closed",
        file: "crates/file/src/backend/streams.rs",
        from: "Arc::strong_count(&self.stream) == 1 && ",
        to: "",
        package: TESTKIT,
        test: &["--test", BESIDE, "a_stream_in_use_is_not_closed_for_others"],
    },
    Mutant {
        what: "a save that goes on where its file cannot be looked at",
        file: "crates/file/src/temporary.rs",
        from: "!file.is_unlinked().unwrap_or(false)",
        to: "!file.is_unlinked()?",
        package: TESTKIT,
        test: &[
            "--test",
            BESIDE,
            "a_save_whose_file_cannot_be_looked_at_goes_on",
        ],
    },
    Mutant {
        what: "the certainty of a copy",
        file: "crates/core/src/copy.rs",
        from: "    copied.map_err(PersistenceError::of_no_commit)\n",
        to: "    copied\n",
        package: CORE,
        test: &[
            "--test",
            "a_failure_without_a_commit_names_its_cause",
            "a_copy_is_never_unknown",
        ],
    },
    Mutant {
        what: "the look for the own manifest before an open is tried again",
        file: "crates/core/src/store/open.rs",
        from: "made && newest.is_none_or(|newest| *newest <= self.manifest.number)",
        to: "made && newest.is_some()",
        package: CORE,
        test: &[
            "--test",
            "a_failure_without_a_commit_names_its_cause",
            "a_disk_that_is_full_after_a_take_over_is_no_other_writer",
        ],
    },
];
