//! How fast a save that is produced piece by piece, such as a snapshot, writes to the disk.
//!
//! A flush waits for earlier writes. So while commits run through the same handle, a save writes
//! small chunks and waits for each: it takes longer, and commits are delayed little. Without
//! commits beside it, it goes as fast as it can.
//!
//! No promise rests on this: the flush before the rename covers everything, however it was written.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::temporary::Pace;

/// For so many bytes after an append a save goes slowly, so that rare commits find the disk free
/// too.
const WARY_LEN: u64 = 64 << 20;

/// Counts the appends of one opened directory.
#[derive(Debug, Default)]
pub(super) struct Appends(AtomicU64);

impl Appends {
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One save's view of the appends beside it.
#[derive(Debug)]
pub(super) struct Watch {
    seen: u64,
    written_len: u64,
    wary_until: u64,
}

impl Watch {
    pub(super) fn begin(appends: &Appends) -> Self {
        Self {
            seen: appends.so_far(),
            written_len: 0,
            wary_until: 0,
        }
    }

    /// The pace for the next `len` bytes.
    pub(super) fn pace(&mut self, appends: &Appends, len: usize) -> Pace {
        let so_far = appends.so_far();
        if so_far != self.seen {
            self.seen = so_far;
            self.wary_until = self.written_len.saturating_add(WARY_LEN);
        }
        let pace = if self.written_len < self.wary_until {
            Pace::Beside
        } else {
            Pace::Alone
        };
        self.written_len = self.written_len.saturating_add(len as u64);
        pace
    }
}
