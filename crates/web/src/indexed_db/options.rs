//! How a database is opened.

use std::time::Duration;

use crate::lock::WhenLocked;

/// Longer than a slow disk needs, shorter than a person's patience with a page that does nothing.
const OPEN_LIMIT: Duration = Duration::from_secs(15);

/// What the browser is asked for before it calls a commit complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The data is on the disk: it survives a power loss.
    #[default]
    Strict,
    /// The system has the data: it survives a crash of the browser, not of the machine. This is
    /// what other libraries leave you with.
    Relaxed,
}

impl Durability {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Relaxed => "relaxed",
        }
    }
}

/// Whether a handle writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// How to open an [`IndexedDbBackend`](super::IndexedDbBackend).
///
/// ```
/// # #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
/// # async fn example() -> Result<(), steadfast_core::PersistenceError> {
/// use std::time::Duration;
/// use steadfast_web::{IndexedDbBackend, Options, WhenLocked};
///
/// let options = Options::default().when_locked(WhenLocked::Wait(Duration::from_secs(30)));
/// let backend = IndexedDbBackend::open_with("notes", options).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub(super) access: Access,
    pub(super) durability: Durability,
    pub(super) when_locked: WhenLocked,
    pub(super) open_limit: Duration,
    pub(super) is_loss_accepted: bool,
    pub(super) must_exist: bool,
}

impl Default for Options {
    /// For writing, durably; two seconds' wait for another writer, fifteen for the browser.
    fn default() -> Self {
        Self {
            access: Access::Write,
            durability: Durability::Strict,
            when_locked: WhenLocked::default(),
            open_limit: OPEN_LIMIT,
            is_loss_accepted: false,
            must_exist: false,
        }
    }
}

impl Options {
    /// For reading only: beside a writer in another tab, without a lock and without writing
    /// anything.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.access = Access::Read;
        self
    }

    /// What a commit waits for. Anything but [`Durability::Strict`] makes the backend declare less.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// What to do while another tab or worker writes.
    #[must_use]
    pub fn when_locked(mut self, when_locked: WhenLocked) -> Self {
        self.when_locked = when_locked;
        self
    }

    /// How long the browser may take to open the database.
    #[must_use]
    pub fn open_limit(mut self, open_limit: Duration) -> Self {
        self.open_limit = open_limit;
        self
    }

    /// Begins a new store where the old one was evicted or deleted, instead of refusing with
    /// [`Evicted`](steadfast_core::PersistenceError::Evicted).
    #[must_use]
    pub fn accept_loss(mut self) -> Self {
        self.is_loss_accepted = true;
        self
    }

    /// Opens only a store that is there. Where it is gone, that is an error,
    /// [`Evicted`](steadfast_core::PersistenceError::Evicted), and nothing is made: for a program
    /// that had it open a moment ago.
    #[must_use]
    pub fn existing(mut self) -> Self {
        self.must_exist = true;
        self
    }
}
