//! The commands behind `cargo xtask`.
//!
//! A command is a list of [parts](part::Part). A part is one thing that can pass, fail or be
//! skipped (formatting, the tests on Windows, …). It lives in a file of its own under `ci/` or
//! `test/`, says what it does as it goes, and never stops the parts after it. [`report`] runs them
//! in order and prints a table of what happened.
//!
//! If the machine lacks something that a part needs, the part installs it: system packages through
//! [`apt`], targets through [`toolchain`], tools into `target/tools`. If that is impossible, the
//! part is skipped, with a sentence that says how to get it. The crate has no dependencies, so that
//! the first `cargo xtask` on a fresh machine is quick.

pub mod apt;
pub mod bench;
pub mod ci;
pub mod cli;
pub mod console;
pub mod part;
pub mod process;
pub mod prove;
pub mod report;
pub mod source;
pub mod test;
pub mod tool;
pub mod toolchain;
pub mod totals;
pub mod web;
pub mod wine;
pub mod workspace;
