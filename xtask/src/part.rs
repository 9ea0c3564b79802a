//! One thing that can pass, fail or be skipped.

use crate::totals::Totals;
use crate::workspace::Workspace;

/// Why a part did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It found something wrong. The sentence says what, and what to do.
    Failed(String),
    /// It cannot run on this machine. The sentence says why, and how to get what is missing.
    Skipped(String),
}

impl Stop {
    /// A failure, with the sentence that describes it.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }

    /// A part that is skipped, with the sentence that says how to get what is missing.
    pub fn skipped(sentence: impl Into<String>) -> Self {
        Self::Skipped(sentence.into())
    }
}

/// What a part, or a step of it, returns.
pub type Result<T = ()> = std::result::Result<T, Stop>;

/// A named step of a command.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The word that selects it on the command line.
    pub name: &'static str,
    /// What it checks, for `--help`.
    pub about: &'static str,
    /// Runs it. The tests that it runs are added to the totals.
    pub run: fn(&Workspace, &mut Totals) -> Result,
}
