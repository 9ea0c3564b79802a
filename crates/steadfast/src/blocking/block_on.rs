//! Running a future on the calling thread.
//!
//! A thread parks until its future is woken. A future that wakes itself asks to let others run
//! first. Then the thread sleeps for a short time (a nap), which any other wake ends. In this way a
//! commit that is about to be flushed lets other threads join it. `yield_now` would give the
//! processor to whatever else runs on the machine, for milliseconds.
//!
//! The waker is made once per thread, not once per call: a commit takes a few microseconds of
//! processor time, and an allocation would be a noticeable part of that.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// As short as timers allow: systems add some tens of microseconds to it.
pub(super) const NAP: Duration = Duration::from_micros(60);

/// The future is being polled: a wake needs no call to the thread.
const LOOKING: u8 = 0;
/// The thread sleeps, or is about to.
const ASLEEP: u8 = 1;
/// The future is to be polled again.
const WOKEN: u8 = 2;

/// A thread that waits.
struct Sleeper {
    thread: Thread,
    state: AtomicU8,
}

impl Sleeper {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            thread: thread::current(),
            state: AtomicU8::new(LOOKING),
        })
    }

    /// Sleeps until the future is woken. The sleep is short if the future was woken while it was
    /// polled.
    fn sleep(&self) {
        if self.state.swap(ASLEEP, Ordering::Acquire) == WOKEN {
            thread::park_timeout(NAP);
            return;
        }
        // `park` may return at once because of an earlier wake, so the state decides.
        while self.state.load(Ordering::Acquire) == ASLEEP {
            thread::park();
        }
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::Release) == ASLEEP {
            self.thread.unpark();
        }
    }
}

thread_local! {
    /// Empty while in use: a future that blocks on another one finds nothing here and makes its
    /// own.
    static MINE: Cell<Option<(Arc<Sleeper>, Waker)>> = const { Cell::new(None) };
}

/// Polls the future to its output. The thread sleeps between polls.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let (sleeper, waker) = MINE.take().unwrap_or_else(|| {
        let sleeper = Sleeper::new();
        let waker = Waker::from(Arc::clone(&sleeper));
        (sleeper, waker)
    });
    let mut future = pin!(future);
    let mut context = Context::from_waker(&waker);
    let output = loop {
        // Acquire: this poll sees what was done before the wake.
        sleeper.state.swap(LOOKING, Ordering::Acquire);
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => break output,
            Poll::Pending => sleeper.sleep(),
        }
    };
    MINE.set(Some((sleeper, waker)));
    output
}
