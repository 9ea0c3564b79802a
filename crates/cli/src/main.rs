//! The `steadfast` program.
//!
//! ```text
//! main ──► arguments ──► commands/…  one file a subcommand
//!                          ├── place, backend     where the store is, and what it is opened as
//!                          ├── wait, interrupt    a store in use; Ctrl-C
//!                          ├── records/…          what `import` reads and `export` writes
//!                          ├── standard, limits   standard streams and limits, as inherited
//!                          ├── output, page, text what a person sees, harmless to a terminal
//!                          └── failure            what went wrong: one sentence and an exit code
//! ```
//! Commands that only look open the store for reading: they take no lock, write nothing, and work
//! beside a writer. Commands that change the store open it for writing, and end only after the
//! change is durable. Data goes to standard output; everything said to a person about it goes to
//! standard error.
#![deny(clippy::indexing_slicing)]

mod arguments;
mod backend;
mod commands;
mod failure;
mod interrupt;
#[cfg(unix)]
mod limits;
mod listing;
mod output;
mod page;
mod place;
mod progress;
mod records;
mod standard;
mod text;
mod wait;

use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(failure::tell_of_a_panic));
    #[cfg(unix)]
    limits::fail_writes();
    let arguments = match arguments::Arguments::parse_command_line() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            interrupt::nothing_is_left();
            let exit_code = ExitCode::from(failure.exit_code());
            interrupt::say_last(move || failure.tell());
            exit_code
        }
    }
}
