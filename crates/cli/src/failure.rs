//! What went wrong: one sentence for a person, one number for a script.
//!
//! The numbers are part of the program's interface; `steadfast --help` lists them.

use std::fmt::Display;
use std::io;
use std::path::Path;

use anstyle::AnsiColor;
use steadfast::PersistenceError;

use crate::output;

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
    /// Another program has the store: the same command works when that is done.
    InUse = 6,
    /// Somebody interrupted the command.
    Interrupted = 130,
}

/// The end of a command that did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    sentence: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self {
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
        Self::store(format!(
            "could not write to standard output: {error}; the result is not complete"
        ))
    }

    /// Standard input cannot be read.
    pub(crate) fn standard_input(error: &io::Error) -> Self {
        Self::input(format!("could not read standard input: {error}"))
    }

    /// The same failure with more to say.
    pub(crate) fn and(self, more: impl Display) -> Self {
        Self::new(self.exit, format!("{}; {more}", self.sentence))
    }

    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The store could not be closed, after everything was saved: `saved` says what, as a clause.
    pub(crate) fn while_closing(saved: impl Display, error: &PersistenceError) -> Self {
        let cause = match error {
            // What is unknown is not in question: it was acknowledged before.
            PersistenceError::OutcomeUnknown { place, source } => format!("{place}: {source}"),
            error => error.to_string(),
        };
        Self::store(format!(
            "{saved}, for certain; but the store could not be closed as it should: {cause}"
        ))
    }

    /// Something may be saved or not: a clause that says what, why it is unknown, and what to do
    /// about it.
    pub(crate) fn in_doubt(
        doubt: &str,
        source: &(dyn std::error::Error + 'static),
        remedy: &str,
    ) -> Self {
        let (cause, first) = cause(source);
        let first = first.map_or(String::new(), |first| format!("{first}, "));
        Self::new(Exit::Unknown, format!("{cause}; {doubt}: {first}{remedy}"))
    }

    /// [`Failure::from`] where a file was to be saved.
    pub(crate) fn of_saving(error: PersistenceError, file: &Path) -> Self {
        let is_absent = |source: &(dyn std::error::Error + 'static)| {
            let source = source.downcast_ref::<io::Error>();
            source.is_some_and(|source| source.kind() == io::ErrorKind::NotFound)
        };
        match (&error, file.parent()) {
            (PersistenceError::Io { source, .. }, Some(folder))
                if is_absent(&**source) && folder.symlink_metadata().is_err() =>
            {
                Self::store(format!(
                    "there is no directory {}: create it first",
                    folder.display()
                ))
            }
            (PersistenceError::AlreadyExists { .. }, _) => {
                Self::from(error).and("choose another name, or leave out --no-clobber")
            }
            _ => error.into(),
        }
    }

    /// [`Failure::from`] where the place was to be written: there it need not have been a store.
    pub(crate) fn of_writing(error: PersistenceError) -> Self {
        let may_be_new = matches!(error, PersistenceError::NotAStore { .. });
        let failure = Self::from(error);
        if may_be_new {
            Self::new(
                failure.exit,
                format!("{}, or a new or empty one", failure.sentence),
            )
        } else {
            failure
        }
    }

    /// [`Failure::from`] where the place is what to copy from.
    pub(crate) fn of_source(error: PersistenceError) -> Self {
        match error {
            PersistenceError::NoStore { place } => Self::store(format!(
                "there is no store at {place}: name the place of a backup or of a store"
            )),
            other => other.into(),
        }
    }

    /// Says it, in red where there is a terminal.
    pub(crate) fn tell(&self) {
        output::say(AnsiColor::Red, "error:", &self.sentence);
    }

    pub(crate) fn exit_code(&self) -> u8 {
        self.exit as u8
    }
}

/// What failed, as a clause without brackets, and what to do before the rest where the clause does
/// not say: other clauses and the one remedy follow.
fn cause(error: &(dyn std::error::Error + 'static)) -> (String, Option<&'static str>) {
    let cause = match error.downcast_ref::<PersistenceError>() {
        Some(PersistenceError::StorageFull {
            action,
            place,
            source,
        }) => {
            let full = format!("no space left to {action} {place}");
            let is_explained = source
                .downcast_ref::<io::Error>()
                .is_none_or(|error| error.raw_os_error().is_none());
            if !is_explained {
                return (full, Some("make room"));
            }
            format!("{full}: {source}")
        }
        Some(PersistenceError::Io {
            action,
            place,
            source,
        }) => format!("could not {action} {place}: {source}"),
        Some(PersistenceError::Removed { place }) => {
            format!("{place} was removed while it was open, or replaced")
        }
        Some(PersistenceError::OutcomeUnknown { source, .. }) => return self::cause(&**source),
        _ => error.to_string(),
    };
    (cause, None)
}

impl From<PersistenceError> for Failure {
    fn from(error: PersistenceError) -> Self {
        match &error {
            PersistenceError::NoStore { place } => Self::store(format!(
                "there is no store at {place}: `steadfast put KEY VALUE` creates one, `--store` names another place"
            )),
            PersistenceError::NotAStore { place, found } => Self::store(format!(
                "{place} is not a steadfast store: there is {found}; name the right place"
            )),
            PersistenceError::Locked { .. } => Self::new(
                Exit::InUse,
                format!("{error}, or wait longer, as with `--wait 1m`"),
            ),
            PersistenceError::Fenced { .. } | PersistenceError::Conflict { .. } => {
                Self::new(Exit::InUse, error.to_string())
            }
            PersistenceError::StorageFull { .. } => {
                let (cause, remedy) = cause(&error);
                Self::store(format!(
                    "{cause}{}",
                    remedy.map_or(String::new(), |remedy| format!(
                        ": {remedy}, then do it again"
                    ))
                ))
            }
            PersistenceError::OutcomeUnknown { place, source } => Self::in_doubt(
                &format!("it is unknown whether {place} was saved"),
                &**source,
                "look, then do it again",
            ),
            PersistenceError::InvalidKey { .. } | PersistenceError::TooLarge { .. } => {
                Self::input(error.to_string())
            }
            _ => Self::store(error.to_string()),
        }
    }
}

/// What the program says of a fault of its own.
pub(crate) fn tell_of_a_panic(panic: &std::panic::PanicHookInfo<'_>) {
    output::say(
        AnsiColor::Red,
        "error:",
        &format!(
            "this is a fault of the program: {}",
            panic.to_string().replace('\n', " ")
        ),
    );
    let trace = std::backtrace::Backtrace::capture();
    if trace.status() == std::backtrace::BacktraceStatus::Captured {
        output::complain(&format!("{trace}\n").into());
    }
}
