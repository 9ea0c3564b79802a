//! The process that opened something.
//!
//! A fork has every handle of its parent: the open files, the lock, the temporary files. What they
//! stand for is still the parent's. A fork that wrote through them would write over what the parent
//! writes, and one that dropped them would remove the parent's files and give its lock away. So
//! each of these acts asks first.

use std::path::Path;
use std::process;
use std::time::Duration;

use steadfast_core::{PersistenceError, Result};

/// The process that opened something, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opener(u32);

impl Opener {
    /// The running process.
    pub(crate) fn new() -> Self {
        Self(process::id())
    }

    /// Whether the opener is the running process, and not one that was forked from it.
    pub(crate) fn is_this_process(self) -> bool {
        process::id() == self.0
    }

    /// Fails in a fork of the process that opened `place`.
    pub(crate) fn ensure_this_process(self, place: &Path) -> Result<()> {
        if self.is_this_process() {
            return Ok(());
        }
        Err(PersistenceError::Locked {
            place: place.display().to_string(),
            holder: format!("process {}, of which this one is a fork", self.0),
            waited: Duration::ZERO,
        })
    }
}
