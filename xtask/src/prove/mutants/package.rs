//! What is taken out of the npm package and of what the program and the core do for it, and the test
//! that must notice.

use super::{CLI, CORE, Mutant, NPM};

/// Of values, pages, room and writers that stand still.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        what: "the first key behind the one where a page ended",
        file: "crates/core/src/kv/mod.rs",
        from: "Bound::Excluded(after)",
        to: "Bound::Included(after)",
        package: CORE,
        test: &[
            "--test",
            "a_kv_is_ordered_by_the_bytes_of_its_keys",
            "a_page_begins_behind_a_key",
        ],
    },
    Mutant {
        what: "the prefix that a page does not begin before",
        file: "crates/core/src/kv/mod.rs",
        from: "let from = if after < prefix {",
        to: "let from = if false && after < prefix {",
        package: CORE,
        test: &[
            "--test",
            "a_kv_is_ordered_by_the_bytes_of_its_keys",
            "a_page_begins_behind_a_key",
        ],
    },
    Mutant {
        what: "the marker of a store with tagged values",
        file: "crates/cli/src/records/tagged.rs",
        from: "is_tagged: kv.contains_key(MARKER),",
        to: "is_tagged: !kv.is_empty(),",
        package: CLI,
        test: &[
            "--test",
            "promises",
            "a_store_without_the_marker_is_as_it_was",
        ],
    },
    Mutant {
        what: "the tag of what the program writes",
        file: "crates/cli/src/records/tagged.rs",
        from: "value.push(kind as u8);",
        to: "value.push(Kind::Text as u8);",
        package: CLI,
        test: &[
            "--test",
            "promises",
            "what_is_put_and_imported_gets_its_tag",
        ],
    },
    Mutant {
        what: "the package's own keys",
        file: "crates/cli/src/records/tagged.rs",
        from: "self.is_tagged && key.starts_with(RESERVED)",
        to: "false && self.is_tagged && key.starts_with(RESERVED)",
        package: CLI,
        test: &[
            "--test",
            "promises",
            "the_packages_keys_are_hidden_and_kept",
        ],
    },
    Mutant {
        what: "the digits that a browser would lose",
        file: "crates/cli/src/records/tagged.rs",
        from: "            check_digits(json)?;\n",
        to: "            let _ = json;\n",
        package: CLI,
        test: &[
            "--test",
            "promises",
            "what_a_browser_would_read_differently_is_refused_with_its_line",
        ],
    },
    Mutant {
        what: "the shape of an escaped tree",
        file: "crates/cli/src/records/tagged.rs",
        from: "            check_tree(payload)?;\n",
        to: "            let _ = payload;\n",
        package: CLI,
        test: &[
            "--test",
            "promises",
            "what_a_browser_would_read_differently_is_refused_with_its_line",
        ],
    },
    Mutant {
        what: "the reserve that is given to deletions",
        file: "crates/web/npm/src/keeper.ts",
        from: "    await spend(this.#place);\n",
        to: "    void spend;\n",
        package: NPM,
        test: &["a_full_disk_takes_only_saving_away"],
    },
    Mutant {
        what: "the take-over from a silent writer",
        file: "crates/web/npm/src/patience.ts",
        from: "if (silent >= TAKE_OVER_AFTER)",
        to: "if (silent >= TAKE_OVER_AFTER && silent < 0)",
        package: NPM,
        test: &["a_suspended_writer_is_replaced"],
    },
    Mutant {
        what: "the engine's take-over from a silent writer",
        file: "crates/web/npm/src/engine.ts",
        from: "place.takesOver ?? false",
        to: "false",
        package: NPM,
        test: &["a_suspended_writer_is_replaced"],
    },
    Mutant {
        what: "the identity of the store that a tab goes on in",
        file: "crates/web/npm/src/identity.ts",
        from: "if (place.store !== undefined",
        to: "if (false && place.store !== undefined",
        package: NPM,
        test: &["cleared_data_is_told_to_every_tab"],
    },
    Mutant {
        what: "the look for a store that was cleared",
        file: "crates/web/npm/src/watch.ts",
        from: "void this.#look().then(() => this.#next())",
        to: "void this.#look",
        package: NPM,
        test: &["cleared_data_is_told_to_every_tab"],
    },
];
