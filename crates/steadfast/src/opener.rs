//! Tells the process that opened a store from a fork of it.
//!
//! A fork has the memory of its parent but none of the other threads. A lock that one of those
//! threads held is held for ever in the fork, and waiting for such a thread never ends. So a handle
//! checks for a fork before it waits for anything. The check is made at each commit, so it costs
//! one load from memory: the C library calls a handler in the child of each fork. A child made
//! without the C library is not noticed here. The file backend refuses it too: it asks the system
//! once for each group.

use std::process;
#[cfg(unix)]
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use steadfast_core::{PersistenceError, Result};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Identifies the process that opened something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opener {
    process: u32,
    forks: u32,
}

impl Opener {
    /// The running process.
    pub(crate) fn new() -> Self {
        #[cfg(unix)]
        count_forks();
        Self {
            process: process::id(),
            forks: FORKS.load(Ordering::Relaxed),
        }
    }

    /// Whether the running process is the opener, and not a fork of it.
    pub(crate) fn is_this_process(self) -> bool {
        FORKS.load(Ordering::Relaxed) == self.forks
    }

    /// Fails in a fork of the process that opened what is at `place`.
    pub(crate) fn ensure_this_process(self, place: impl FnOnce() -> String) -> Result<()> {
        if self.is_this_process() {
            return Ok(());
        }
        Err(PersistenceError::Locked {
            place: place(),
            holder: format!("process {}, of which this one is a fork", self.process),
            waited: Duration::ZERO,
        })
    }
}

#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "there is no other way to hear of a fork that costs no system call"
)]
fn count_forks() {
    extern "C" fn in_the_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    static ONCE: Once = Once::new();
    // SAFETY: the handler is a function of this program, which stays loaded for as long as it runs.
    // It does nothing but an atomic addition, which is allowed in the child of a fork. If there is
    // no memory to register it, the call fails and forks are not noticed.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_the_child));
    });
}
