//! `cargo xtask`: every command that someone who works on steadfast needs. See
//! `cargo xtask --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    xtask::cli::run(arguments.map(|argument| argument.to_string_lossy().into_owned()))
}
