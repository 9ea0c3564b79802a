//! How much memory a call takes at most: an allocator that counts, for each thread by itself.

#![expect(unsafe_code, reason = "an allocator is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
pub(crate) struct Counting;

fn count(grown: usize, shrunk: usize) {
    // While a thread ends, its counters may be gone.
    let _ = LIVE.try_with(|live| {
        live.set(live.get().wrapping_add(grown).wrapping_sub(shrunk));
        let _ = PEAK.try_with(|peak| {
            // What another thread allocated and this one freed makes it wrap: then it is no peak.
            if live.get() < usize::MAX / 2 {
                peak.set(peak.get().max(live.get()));
            }
        });
    });
}

// SAFETY: every call goes to the system's allocator with the arguments it came with; counting
// allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        count(len, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(place, layout, len) }
    }
}

/// How many bytes this thread had allocated at most while `work` ran, beyond what it had before.
pub(crate) fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    let done = work();
    (done, PEAK.with(Cell::get).saturating_sub(before))
}
