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
    /// A failure, told in one sentence.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self::Failed(sentence.into())
    }

    /// A part left out, and how to have it.
    pub fn skipped(sentence: impl Into<String>) -> Self {
        Self::Skipped(sentence.into())
    }
}

/// What a part, or a step of it, gives back.
pub type Result<T = ()> = std::result::Result<T, Stop>;

/// A named step of a command.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The word that selects it on the command line.
    pub name: &'static str,
    /// What it checks, for `--help`.
    pub about: &'static str,
    /// Does it. Tests that it runs are added to the totals.
    pub run: fn(&Workspace, &mut Totals) -> Result,
}
