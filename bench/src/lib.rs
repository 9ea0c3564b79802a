//! Whole workloads of steadfast, with the raw limits of the machine and the rivals beside them.
//!
//! ```text
//! run ──► a workload (workloads/): entrants, opened on one disk
//!           └─► contest: slices of each entrant in turn, round after round ──► rows and goals
//!                                                record ──► results.tsv, results.md, *.svg
//! ```
//! Figures of storage drift by a factor of two from minute to minute, so no figure is compared with
//! one of another run. The entrants take turns, a slice each, and a ratio is the median of the
//! ratios of the rounds. The first round only warms up. Data is incompressible. Flushes are counted
//! by functions that replace the system's own ([`flushes`]).
//!
//! This crate depends on no rival: `peers` passes them to [`run::main`].

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

/// Errors are not distinguished: an error ends the run, which prints it.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
