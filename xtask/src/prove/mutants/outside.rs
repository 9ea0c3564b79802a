//! What is taken out of the care for everything outside of a store, and for systems that refuse
//! calls, and the test that must notice.

use super::{FILE, Mutant};

/// Of links, leftovers and refused calls.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        what: "the refusal to follow a link below a store's directory",
        file: "crates/file/src/platform/below.rs",
        from: "flags | OFlags::NOFOLLOW | OFlags::CLOEXEC",
        to: "flags | OFlags::CLOEXEC",
        package: FILE,
        test: &["a_link_in_a_store_is_never_followed"],
    },
    Mutant {
        what: "the name of a link in the place of what a store needs",
        file: "crates/file/src/backend/walk.rs",
        from: "if is_needed(&full) =>",
        to: "if false && is_needed(&full) =>",
        package: FILE,
        test: &["a_store_that_was_moved_and_linked_is_not_taken_for_empty"],
    },
    Mutant {
        what: "the lock that a living save holds on its temporary file",
        file: "crates/file/src/leftovers.rs",
        from: "        && file.try_lock().is_ok()\n",
        to: "",
        package: FILE,
        test: &["a_living_save_is_no_leftover"],
    },
    Mutant {
        what: "the look whether a leftover still has its name",
        file: "crates/file/src/leftovers.rs",
        from: "        && directory.leads_to(name, file).unwrap_or(false)\n",
        to: "",
        package: FILE,
        test: &["a_name_that_a_living_save_took_is_not_removed"],
    },
    Mutant {
        what: "the turn of who looks before it renames",
        file: "crates/file/src/temporary.rs",
        from: "let _alone = turn.write()",
        to: "let _alone = turn.read()",
        package: FILE,
        test: &["one_creator_succeeds_without_an_exclusive_call"],
    },
    Mutant {
        what: "the flush of a deletion that is repeated",
        file: "crates/file/src/backend/shared.rs",
        from: "Err(error) if is_absence(&error) => self.absent(())?,",
        to: "Err(error) if is_absence(&error) => return self.absent(()),",
        package: FILE,
        test: &["a_delete_that_is_repeated_flushes_too"],
    },
    Mutant {
        what: "the flush of the parent of a directory that appeared",
        file: "crates/file/src/backend/folders.rs",
        from: "if is_new || !known.contains_key(level)",
        to: "if is_new",
        package: FILE,
        test: &["the_name_of_a_directory_that_appeared_meanwhile_is_flushed"],
    },
    Mutant {
        what: "the error of a refused flush above a new store",
        file: "crates/file/src/backend/open.rs",
        from: "if distance >= created && error.kind()",
        to: "if error.kind()",
        package: FILE,
        test: &["a_store_is_not_opened_without_the_flush_of_its_parent"],
    },
];
