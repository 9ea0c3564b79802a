//! The `steadfast` program.
//!
//! ```text
//! main ──► arguments ──► commands/…  one file a subcommand
//!                          ├── place, backend     where the store is, and what it is opened as
//!                          ├── records/…          what `import` reads and `export` writes
//!                          ├── standard           standard input and output as they are
//!                          ├── output, text       what a person sees
//!                          └── failure            what went wrong: one sentence and an exit code
//! ```
//! Commands that only look open the store for reading: they take no lock, write nothing, and work beside a writer. Commands
//! that change it open it for writing and end only after the change is durable. What goes to standard output is data; everything said
//! to a person about it goes to standard error.
#![deny(clippy::indexing_slicing)]

mod arguments;
mod backend;
mod commands;
mod failure;
mod interrupt;
mod output;
mod place;
mod progress;
mod records;
mod standard;
mod text;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.exit_code())
        }
    }
}
