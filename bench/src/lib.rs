//! Whole workloads of steadfast, with the raw limits of the machine and the rivals beside them.
//!
//! ```text
//! run ──► a workload (workloads/): entrants, opened on one disk
//!           └─► contest: slices of each entrant in turn, round after round ──► rows and goals
//!                                                                     record ──► results.tsv, results.md, *.svg
//! ```
//! Figures of storage drift by a factor of two from minute to minute, so nothing here is compared with a figure of another run: the
//! entrants take turns, a slice each, and a ratio is the median of the ratios of the rounds. The first round only warms up. Data is
//! incompressible. Flushes are counted by standing in for the system's own functions ([`flushes`]).
//!
//! This crate knows no rival: `peers` hands them to [`run::main`].

pub mod contest;
pub mod data;
pub mod entrant;
pub mod flushes;
mod interpose;
pub mod meter;
pub mod ours;
pub mod place;
mod plot;
pub mod raw;
mod record;
pub mod row;
pub mod run;
pub mod samples;
pub mod workloads;

/// What can go wrong here is not told apart: the run ends and says it.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
