//! Power cuts on real file systems: see the library.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    steadfast_powercut::cli::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("power cuts need FUSE and loop devices: run this on Linux");
    ExitCode::from(2)
}
