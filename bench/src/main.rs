//! The benchmarks without the rivals: quick to build.

use std::process::ExitCode;

fn main() -> ExitCode {
    steadfast_bench::run::main(&steadfast_bench::run::Peers::default())
}
