//! `cargo xtask prove`: proofs that go beyond tests.
//!
//! Each part has a bounded size, so that all of them run with every change. `--hours` lets them run
//! for longer.

mod browser;
pub mod faults;
mod fuzz;
pub mod mutants;
mod power;
mod states;
mod threads;

use crate::part::Part;

/// The parts, in the order in which they run.
pub const PARTS: [Part; 7] = [
    Part {
        name: "states",
        about: "crash states of simulated disks, with seeds that were never used before",
        run: states::run,
    },
    Part {
        name: "threads",
        about: "the commit path under thousands of schedules of its threads, by shuttle",
        run: threads::run,
    },
    Part {
        name: "faults",
        about: "every system call of the program fails once with each of five errors, by strace; a sample in `ci`",
        run: faults::run,
    },
    Part {
        name: "fuzz",
        about: "everything that reads bytes, fuzzed for a fixed time, by cargo-fuzz",
        run: fuzz::run,
    },
    Part {
        name: "power",
        about: "power cuts on real ext4, xfs and btrfs",
        run: power::run,
    },
    Part {
        name: "browser-power",
        about: "power cuts under Chromium: strict IndexedDB, OPFS, and relaxed IndexedDB as the control",
        run: browser::run,
    },
    MUTANTS,
];

/// This part is also a command of its own.
pub const MUTANTS: Part = Part {
    name: "mutants",
    about: "every flush, checksum and order taken away, one at a time: a named test must fail",
    run: mutants::run,
};
