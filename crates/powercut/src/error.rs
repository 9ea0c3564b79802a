//! Why the harness could not do its work. What is wrong with a crash state is not an error here,
//! but a [`Loss`](crate::check::Loss).

use std::io;
use std::path::Path;

/// The result of everything that the harness itself does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the harness, not of what it examines.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This machine lacks something; the text names the remedy.
    #[error("power cuts cannot be run here:\n{0}")]
    Unable(String),

    /// The operating system refused something.
    #[error("could not {action} {place}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// What it was tried on.
        place: String,
        /// What the system said.
        source: io::Error,
    },

    /// The kernel does not mount what is on a disk.
    #[error("the disk does not mount: {0}")]
    Unmountable(String),

    /// The process that mounts file systems ended, or could not do a request.
    #[error("the process that mounts file systems failed: {0}")]
    Hand(String),

    /// A tool ended with an error.
    #[error("`{program}` failed: {output}")]
    Tool {
        /// Its name.
        program: String,
        /// What it printed.
        output: String,
    },

    /// The program whose writes are recorded ended with an error.
    #[error("the workload `{workload}` failed: {reason}")]
    Workload {
        /// Its name.
        workload: &'static str,
        /// What it printed, or what was wrong with it.
        reason: String,
    },

    /// A file is not a recording.
    #[error("{place} is not a recording of this program: {reason}")]
    NotARecording {
        /// The file.
        place: String,
        /// What is wrong with it.
        reason: String,
    },

    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Turns a system error into an [`Error`].
pub(crate) fn failed<E: Into<io::Error>>(
    action: &'static str,
    place: &Path,
) -> impl FnOnce(E) -> Error {
    let place = place.display().to_string();
    move |source| Error::Io {
        action,
        place,
        source: source.into(),
    }
}
