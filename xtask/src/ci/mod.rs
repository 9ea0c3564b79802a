//! `cargo xtask ci`: what a change has to pass before the tests.

mod deny;
mod package;
pub mod purity;
mod style;
pub mod tidy;

use crate::console::say;
use crate::part::{Part, Result, Stop};

/// The parts, in the order in which they run. The tests come after them.
pub const PARTS: [Part; 7] = [
    Part {
        name: "format",
        about: "the code is formatted by rustfmt",
        run: style::format,
    },
    Part {
        name: "tidy",
        about: "sizes, module docs and no traces of a machine",
        run: tidy::run,
    },
    Part {
        name: "purity",
        about: "the core names no file, socket, thread or clock",
        run: purity::run,
    },
    Part {
        name: "clippy",
        about: "no warning from the compiler or clippy",
        run: style::clippy,
    },
    Part {
        name: "docs",
        about: "the documentation builds without a warning",
        run: style::docs,
    },
    Part {
        name: "licences",
        about: "licences, bans and sources of all dependencies",
        run: deny::run,
    },
    Part {
        name: "package",
        about: "every public crate packs, with its licences",
        run: package::run,
    },
];

/// A rule that is broken somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the root, and the line if there is one.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Finding {
    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            place: format!("{path}:{line}"),
            what: what.into(),
        }
    }
}

/// Prints the findings. Any finding is a failure.
fn judge(findings: &[Finding]) -> Result {
    for finding in findings {
        say(&format!("{}: {}", finding.place, finding.what));
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err(Stop::failed("1 finding, listed above")),
        count => Err(Stop::failed(format!("{count} findings, listed above"))),
    }
}
