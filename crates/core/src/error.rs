//! The one error type: few kinds, each of which tells the caller what to do next.
//!
//! A caller rarely cares which layer failed. It has to decide between trying again, reopening,
//! freeing space, restoring a backup and giving up. So the kinds follow [`Remedy`], and the three
//! outcomes of a save: committed (`Ok`), not committed, and unknown
//! ([`PersistenceError::OutcomeUnknown`]). Every other error means "not committed", except
//! [`PersistenceError::ApplyPanicked`]: its commit is in the log, and committing it again would not
//! help.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::Survives;
use crate::ids::Lsn;
use crate::key::Key;

/// What the backend met: an `io::Error`, a `DOMException`, a server's answer.
pub type Source = Arc<dyn std::error::Error + Send + Sync + 'static>;

/// The result of every call in this crate.
pub type Result<T, E = PersistenceError> = std::result::Result<T, E>;

/// Everything that can go wrong. Cheap to clone: one failed flush answers many waiting commits.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersistenceError {
    /// The backend failed; what the call should have changed is unchanged.
    #[error("could not {action} {place}: {source}")]
    Io {
        /// What was tried, as a verb: `read`, `append to`, `flush`.
        action: &'static str,
        /// What it was tried on, in the backend's own words: a path, a URL, a key.
        place: String,
        /// The backend's own error.
        source: Source,
    },

    /// There is no space left; nothing was saved.
    #[error("no space left to {action} {place}: make room, then try again ({source})")]
    StorageFull {
        /// What was tried.
        action: &'static str,
        /// What it was tried on.
        place: String,
        /// The backend's own error.
        source: Source,
    },

    /// This program may not write (or read) the backend.
    #[error("not allowed to {action} {place}: check its permissions and whether it is read-only")]
    PermissionDenied {
        /// What was tried.
        action: &'static str,
        /// What it was tried on.
        place: String,
        /// The backend's own error.
        source: Source,
    },

    /// Somebody removed what an open handle stands for, or put something else in its place.
    #[error("{place} was removed while it was open, or replaced: put it back, or restore a backup")]
    Removed {
        /// What is gone.
        place: String,
    },

    /// There was a store, and all of it is gone: a browser evicted it, or somebody deleted it.
    #[error(
        "{place} was here, and all of it is gone: the browser evicted it, or somebody deleted it; restore a backup, or \
         begin anew on purpose"
    )]
    Evicted {
        /// Where the store was.
        place: String,
    },

    /// The save may or may not have happened. Reopening tells.
    #[error("it is unknown whether {place} was saved: open it again to find out ({source})")]
    OutcomeUnknown {
        /// What was being saved.
        place: String,
        /// Why the outcome is unknown.
        source: Source,
    },

    /// An earlier failure made this handle unfit for writing.
    #[error("the handle is dead since an earlier failure; open the store again ({cause})")]
    Poisoned {
        /// The failure that killed it.
        cause: Source,
    },

    /// [`Precondition::Absent`](crate::Precondition::Absent) met an existing key; nothing was
    /// changed.
    #[error("{place} already exists, and was not to be replaced")]
    AlreadyExists {
        /// What exists already.
        place: String,
    },

    /// An append did not start where the stream ends; nothing was changed.
    #[error("`{key}` ends at byte {end}, not at {position}: another writer appended to it")]
    Conflict {
        /// The stream.
        key: Key,
        /// Where the caller believed it to end.
        position: u64,
        /// Where it ends.
        end: u64,
    },

    /// Another writer has the store.
    #[error("{place} is in use by {holder}{}: close that first", after(*.waited))]
    Locked {
        /// What is locked.
        place: String,
        /// Who has it, as far as known.
        holder: String,
        /// How long the caller waited for it; zero if it did not wait.
        waited: Duration,
    },

    /// Another writer took the store over. What this writer tried to save is not in it.
    #[error("another writer has taken over the store: open it again")]
    Fenced {
        /// The epoch of the writer that lost; 0 from a backend without epochs.
        epoch: u64,
    },

    /// Stored bytes are not what was written.
    #[error(
        "`{key}` is damaged at byte {offset}: expected {expected}, found {found}; restore a backup or run `verify`"
    )]
    Corrupt {
        /// The damaged stream.
        key: Key,
        /// The offset of the damage, in bytes from the stream's start.
        offset: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },

    /// The commit that a copy should have ended with is no longer kept on its own. Only a later
    /// snapshot may hold it.
    #[error(
        "commit {commit} is not kept any more: the nearest that a copy can end with is commit {nearest}"
    )]
    NotKept {
        /// The commit that was asked for.
        commit: Lsn,
        /// The earliest commit that is kept, or the last one kept before it.
        nearest: Lsn,
    },

    /// A stream that the store needs is not there.
    #[error("`{key}` is missing: {needed_for}; put it back or restore a backup")]
    Missing {
        /// The stream that is gone.
        key: Key,
        /// What it is needed for, as a clause.
        needed_for: String,
    },

    /// The stream was written by a newer steadfast than this one.
    #[error(
        "`{key}` has format version {found}, this program reads up to {supported}: use a newer steadfast"
    )]
    NewerFormat {
        /// The stream.
        key: Key,
        /// Its version.
        found: u32,
        /// The newest version this program knows.
        supported: u32,
    },

    /// The place holds something, but no store.
    #[error("{place} is not a steadfast store: it holds {found}; choose an empty or new place")]
    NotAStore {
        /// Where.
        place: String,
        /// What is there instead.
        found: String,
    },

    /// There is no store to read.
    #[error("there is no store at {place}: the first write creates one")]
    NoStore {
        /// Where.
        place: String,
    },

    /// The store keeps another type of state, or a newer version of it.
    #[error("the store keeps `{found}`, not `{expected}`: open it with the program that made it")]
    WrongState {
        /// Name and version this program expects.
        expected: String,
        /// Name and version in the store.
        found: String,
    },

    /// The backend survives less than the caller asked for.
    #[error(
        "{place} survives {has}, but {wanted} was asked for: choose another backend or ask for less"
    )]
    WeakBackend {
        /// The backend.
        place: String,
        /// What was asked for.
        wanted: Survives,
        /// What the backend declares.
        has: Survives,
    },

    /// A name that cannot be a key.
    #[error("`{name}` cannot be a key: {reason}")]
    InvalidKey {
        /// The name, shortened.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// Something is larger than the format allows.
    #[error("{what} is {len} bytes long, the most is {len_max}")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its length in bytes.
        len: u64,
        /// The limit in bytes.
        len_max: u64,
    },

    /// A call from inside a function that the same store runs on the same thread. It would wait for
    /// itself. Nothing was changed.
    #[error(
        "{call} inside {callback} of the same store would wait for itself: make that call after the \
         function has returned"
    )]
    Reentrant {
        /// What was called: `a commit`, `a snapshot`.
        call: &'static str,
        /// The function it was called in: `a closure of `read``, `` `State::apply` ``.
        callback: &'static str,
    },

    /// `State::apply` panicked. The commit is in the log, together with the commits of the same
    /// batch.
    #[error(
        "commit {commit} cannot be applied, because `apply` panicked ({message}): open the store with a \
         program whose `apply` takes it, or go back to the commit before with `restore --at {}`",
        before(.commit)
    )]
    ApplyPanicked {
        /// The commit.
        commit: Lsn,
        /// The panic's message.
        message: String,
    },

    /// A value could not be encoded or decoded by the caller's codec.
    #[error("could not {action}: {reason}")]
    Codec {
        /// What was tried: `encode the operation`, `decode the snapshot`.
        action: &'static str,
        /// What the codec said.
        reason: String,
    },
}

const fn before(commit: &Lsn) -> u64 {
    commit.get().saturating_sub(1)
}

/// How long the caller waited, as the end of a clause.
fn after(waited: Duration) -> String {
    // Not `as_millis`, because a page would have to load 128-bit arithmetic for it.
    match (waited.as_secs(), waited.subsec_millis()) {
        (0, 0) => String::new(),
        (0, ms) => format!(", also after waiting {ms} ms"),
        (s, ms) => format!(", also after waiting {s}.{} s", ms / 100),
    }
}

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Nothing was changed; the same call may succeed later.
    Retry,
    /// Drop the handle and open the store again.
    Reopen,
    /// Free space, then reopen.
    FreeSpace,
    /// Restore what is damaged or missing, from a backup or from where it was moved to.
    Restore,
    /// Change the call, the permissions, the place or the program. Trying again cannot help.
    ChangeTheCall,
}

impl PersistenceError {
    /// What the caller can do about the error.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Io { .. } | Self::Locked { .. } => Remedy::Retry,
            Self::OutcomeUnknown { .. }
            | Self::Poisoned { .. }
            | Self::Conflict { .. }
            | Self::Fenced { .. } => Remedy::Reopen,
            Self::StorageFull { .. } => Remedy::FreeSpace,
            Self::Corrupt { .. }
            | Self::Missing { .. }
            | Self::Removed { .. }
            | Self::Evicted { .. } => Remedy::Restore,
            Self::PermissionDenied { .. }
            | Self::AlreadyExists { .. }
            | Self::NewerFormat { .. }
            | Self::NotAStore { .. }
            | Self::NoStore { .. }
            | Self::NotKept { .. }
            | Self::WrongState { .. }
            | Self::WeakBackend { .. }
            | Self::InvalidKey { .. }
            | Self::TooLarge { .. }
            | Self::Reentrant { .. }
            | Self::ApplyPanicked { .. }
            | Self::Codec { .. } => Remedy::ChangeTheCall,
        }
    }

    /// Whether the save may have happened although the call did not return `Ok`.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown { .. })
    }

    /// The cause of the failure, for a call without a commit. Nothing acknowledged is in doubt
    /// then.
    pub(crate) fn of_no_commit(self) -> Self {
        match self {
            Self::OutcomeUnknown { place, source } => {
                if let Some(cause) = source.downcast_ref::<Self>() {
                    return cause.clone();
                }
                Self::Io {
                    action: "save",
                    place,
                    source,
                }
            }
            other => other,
        }
    }

    /// Whether the same call may succeed later without a change to the call or the program.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Io { .. }
                | Self::StorageFull { .. }
                | Self::PermissionDenied { .. }
                | Self::OutcomeUnknown { .. }
        )
    }

    /// The same error, with more about its place.
    pub(crate) fn with_place(mut self, more: &str) -> Self {
        if let Self::Io { place, .. }
        | Self::StorageFull { place, .. }
        | Self::PermissionDenied { place, .. } = &mut self
        {
            place.push_str(more);
        }
        self
    }

    /// The error as the source of another one.
    pub(crate) fn into_source(self) -> Source {
        Arc::new(self)
    }

    pub(crate) fn corrupt(
        key: &Key,
        offset: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::damage(key, offset, expected.into(), found.into())
    }

    /// Neither generic nor inlined: it is called in so many places that copies of it would make the
    /// browser build noticeably larger.
    #[inline(never)]
    fn damage(key: &Key, offset: u64, expected: String, found: String) -> Self {
        Self::Corrupt {
            key: key.clone(),
            offset,
            expected,
            found,
        }
    }
}
