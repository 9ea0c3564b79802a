//! What went wrong: one sentence for a person, one number for a script.
//!
//! The numbers are part of the program's interface; `steadfast --help` lists them.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use steadfast::PersistenceError;

/// What a script learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The question was understood, and the answer is no: a key is absent, damage was found.
    No = 1,
    /// The command line makes no sense. The parser of arguments uses the same number.
    Usage = 2,
    /// What was to be stored cannot be.
    Input = 3,
    /// The store or file cannot be opened or used.
    Store = 4,
    /// It is unknown whether the last change was saved.
    Unknown = 5,
}

/// The end of a command that did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something to be said.
    Said { exit: Exit, sentence: String },
    /// Whoever read our output has stopped, as `head` does: nothing to say, nothing wrong.
    ReaderGone,
}

impl Failure {
    pub(crate) fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self::Said {
            exit,
            sentence: sentence.into(),
        }
    }

    /// The answer is no.
    pub(crate) fn no(sentence: impl Into<String>) -> Self {
        Self::new(Exit::No, sentence)
    }

    /// The arguments make no sense together.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, sentence)
    }

    /// What was to be stored cannot be.
    pub(crate) fn input(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Input, sentence)
    }

    /// The store, a file or the system does not do what is needed.
    pub(crate) fn store(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Store, sentence)
    }

    /// Standard output cannot be written.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ReaderGone
        } else {
            Self::store(format!(
                "could not write to standard output: {error}; the result is not complete"
            ))
        }
    }

    /// Standard input cannot be read.
    pub(crate) fn standard_input(error: &io::Error) -> Self {
        Self::input(format!("could not read standard input: {error}"))
    }

    /// The same failure with more to say.
    pub(crate) fn and(self, more: impl Display) -> Self {
        match self {
            Self::Said { exit, sentence } => Self::Said {
                exit,
                sentence: format!("{sentence}; {more}"),
            },
            Self::ReaderGone => self,
        }
    }

    /// Says it, in red where there is a terminal.
    pub(crate) fn tell(&self) {
        if let Self::Said { sentence, .. } = self {
            let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
            anstream::eprintln!("{red}error:{red:#} {sentence}");
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Said { exit, .. } => ExitCode::from(*exit as u8),
            Self::ReaderGone => ExitCode::SUCCESS,
        }
    }
}

impl From<PersistenceError> for Failure {
    fn from(error: PersistenceError) -> Self {
        match &error {
            PersistenceError::NoStore { place } => Self::store(format!(
                "there is no store at {place}: `steadfast put KEY VALUE` creates one, `--store` names another place"
            )),
            PersistenceError::NotAStore { place, found } => Self::store(format!(
                "{place} is not a steadfast store: there is {found}; name the right place, or a new or empty one"
            )),
            PersistenceError::OutcomeUnknown { .. } => Self::new(Exit::Unknown, error.to_string()),
            PersistenceError::InvalidKey { .. } | PersistenceError::TooLarge { .. } => {
                Self::input(error.to_string())
            }
            _ => Self::store(error.to_string()),
        }
    }
}
