//! Mutants of a store's copy, and of the marker of an unfinished copy.

use super::{CORE, Mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        what: "the marker of an unfinished copy",
        file: "crates/core/src/copy.rs",
        from: "    destination\n        .atomic_write(&marker_key, marker::note(None))\n        .await?;\n",
        to: "",
        package: CORE,
        test: &["--test", "a_copy_says_what_it_is"],
    },
    Mutant {
        what: "a copy's own predecessor",
        file: "crates/core/src/copy.rs",
        from: "        sum: manifest.sum,\n",
        to: "        sum: manifest.predecessor.sum,\n",
        package: CORE,
        test: &[
            "--test",
            "files_of_another_history_are_noticed",
            "the_manifest_of_a_copy_that_was_cut_short_on_purpose",
        ],
    },
    Mutant {
        what: "the unfinished copy that is a store for nobody",
        file: "crates/core/src/recovery/manifests.rs",
        from: "if unfinished == Unfinished::Refused && survey",
        to: "if unfinished == Unfinished::Refused && false && survey",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "the_power_goes_at_every_step_of_it",
        ],
    },
    Mutant {
        what: "the check of a copy before its marker goes",
        file: "crates/core/src/copy.rs",
        from: "verified.damage.first()",
        to: "verified.damage.first().filter(|_| false)",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "what_was_not_checked_is_not_finished",
        ],
    },
    Mutant {
        what: "the refusal of a place that is taken",
        file: "crates/core/src/copy.rs",
        from: "    if !survey.has_copy_marker() {",
        to: "    if false && !survey.has_copy_marker() {",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "a_place_that_is_taken_is_refused_untouched",
        ],
    },
    Mutant {
        what: "the store that no marker beside it deletes",
        file: "crates/core/src/recovery/marker.rs",
        from: "Ok(manifest) => Ok(sum == manifest.sum.to_string().as_bytes()),",
        to: "Ok(_) => Ok(!sum.is_empty()),",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "a_store_that_was_written_is_not_deleted_for_a_marker_beside_it",
        ],
    },
    Mutant {
        what: "what a desktop left at the place of a copy",
        file: "crates/core/src/recovery/survey.rs",
        from: "key.as_str() != UNFINISHED_COPY && !LITTER.contains(&key.as_str())",
        to: "key.as_str() != UNFINISHED_COPY",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "what_desktops_leave_is_no_store_and_is_not_deleted",
        ],
    },
    Mutant {
        what: "the marker of a copy that had a manifest, beside a damaged one",
        file: "crates/core/src/recovery/marker.rs",
        from: "None | Some([]) =>",
        to: "None =>",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "a_store_that_was_written_is_not_deleted_for_a_marker_beside_it",
        ],
    },
    Mutant {
        what: "the commit up to which is copied",
        file: "crates/core/src/copy.rs",
        from: ".find(|frame| frame.lsn <= until)",
        to: ".find(|_| true)",
        package: CORE,
        test: &["--test", "any_kept_commit_can_be_gone_back_to"],
    },
    Mutant {
        what: "the second attempt of a copy",
        file: "crates/core/src/copy.rs",
        from: "|| !moved_on(source, &error).await?",
        to: "|| true",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "a_writer_that_prunes_beside_a_copy_does_not_end_it",
        ],
    },
    Mutant {
        what: "the second attempt of a check",
        file: "crates/core/src/verify.rs",
        from: "if !overtaken ||",
        to: "if overtaken || !overtaken ||",
        package: CORE,
        test: &[
            "--test",
            "a_copy_says_what_it_is",
            "a_writer_that_prunes_beside_a_check_is_no_damage",
        ],
    },
];
