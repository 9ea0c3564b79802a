//! The process that opened a store, as against a fork of it.
//!
//! A fork has the memory of its parent and none of the other threads. A lock that one of those held
//! is held for ever there, and a thread that is waited for never ends. So a handle asks this before
//! it waits for anything. It is asked at each commit, so it costs one load from memory: the C
//! library calls back in the child of each fork. A child made without the C library is not noticed
//! here; the file backend, which asks the system once for each group, refuses it too.

use std::process;
#[cfg(unix)]
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use steadfast_core::{PersistenceError, Result};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process that opened something.
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

    /// Whether the opener is the running process, and not one that was forked from it.
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
    // SAFETY: the handler is a function of this program, which stays for as long as it runs, and it
    // does nothing but an atomic addition, which is allowed in the child of a fork. Without memory
    // for it the call fails, and nothing is noticed.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_the_child));
    });
}
