//! The workloads, one file each. Every row of the table of goals is a benchmark with a name.

mod amplification;
mod commit;
mod fill;
mod flat;
mod get;
mod open;
mod replay;
mod save;
mod snapshot;
mod submit;
mod tasks;
mod verify;

use std::path::Path;

use crate::Result;
use crate::contest::Effort;
use crate::row::Found;
use crate::run::Peers;

/// What a workload is run with.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The folder on the disk that is measured.
    pub root: &'a Path,
    /// How much to measure.
    pub effort: Effort,
    /// The rivals.
    pub peers: &'a Peers,
}

/// A benchmark.
#[derive(Clone, Copy)]
pub struct Workload {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it measures.
    pub about: &'static str,
    /// Measures it.
    pub run: fn(&Setting<'_>) -> Result<Found>,
}

/// All workloads.
pub const ALL: [Workload; 17] = [
    Workload {
        name: "commit-1",
        about: "durable commits of 100 bytes from one thread, beside the raw ways and the peers",
        run: |setting| commit::run(setting, "commit-1", 1),
    },
    Workload {
        name: "commit-8",
        about: "the same from 8 threads",
        run: |setting| commit::run(setting, "commit-8", 8),
    },
    Workload {
        name: "commit-64",
        about: "the same from 64 threads",
        run: |setting| commit::run(setting, "commit-64", 64),
    },
    Workload {
        name: "submit",
        about: "one thread submits commits of 100 bytes and waits for all of them at the end",
        run: submit::run,
    },
    Workload {
        name: "tasks",
        about: "10,000 tokio tasks commit, beside 64 threads",
        run: tasks::run,
    },
    Workload {
        name: "save-4k",
        about: "atomic replacement of a value of 4 KiB",
        run: |setting| save::run(setting, "save-4k", 4 << 10),
    },
    Workload {
        name: "save-1m",
        about: "the same with 1 MiB",
        run: |setting| save::run(setting, "save-1m", 1 << 20),
    },
    Workload {
        name: "save-64m",
        about: "the same with 64 MiB",
        run: |setting| save::run(setting, "save-64m", 64 << 20),
    },
    Workload {
        name: "snapshot",
        about: "a snapshot of 1 GiB in values of 4 KiB, its memory, and the commits meanwhile",
        run: snapshot::run,
    },
    Workload {
        name: "open-4k",
        about: "loading and verifying a snapshot of values of 4 KiB",
        run: open::large,
    },
    Workload {
        name: "open-16",
        about: "loading and verifying a snapshot of keys and values of 16 bytes",
        run: open::small,
    },
    Workload {
        name: "replay-4k",
        about: "replaying a log of values of 4 KiB",
        run: replay::large,
    },
    Workload {
        name: "replay-16",
        about: "replaying a log of keys and values of 16 bytes",
        run: replay::small,
    },
    Workload {
        name: "verify",
        about: "checking every checksum, beside reading the files",
        run: verify::run,
    },
    Workload {
        name: "flat",
        about: "the cost of a commit in states of 1,000 to 10,000,000 entries",
        run: flat::run,
    },
    Workload {
        name: "get",
        about: "random look-ups in a Kv of a million entries, beside a BTreeMap",
        run: get::run,
    },
    Workload {
        name: "amplification",
        about: "bytes written for each byte committed by 64 threads, over a long run with snapshots",
        run: amplification::run,
    },
];
