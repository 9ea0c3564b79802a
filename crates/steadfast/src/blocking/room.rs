//! Shared wait queues, which the code calls rooms: one system call wakes all threads in one.
//!
//! Commits that share a flush are answered at the same moment. Waking their threads one by one
//! costs a system call each. When sixty-four commits share a flush, that is most of what a commit
//! costs. So the threads of one group wait on one number, chosen by the number of the group. A wake
//! changes it, and every thread that saw the old value goes on.
//!
//! ```text
//! thread: see the number → look at the future → not ready: sleep until the number differs → again
//! waker:  change the number → wake all who sleep on it
//! ```
//! No wake is missed: a wake that comes after the look changes a number that was read before the
//! look. There are few rooms, and groups whose numbers are far apart share one. A thread that was
//! woken for another group finds no outcome and sleeps again.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use super::block_on::NAP;

/// More than the number of groups at a time. Each store has one group in its flush, one that waits,
/// and those whose threads have not left yet.
const ROOMS: u64 = 64;

static ALL: LazyLock<Vec<Room>> = LazyLock::new(|| (0..ROOMS).map(|_| Room::new()).collect());

thread_local! {
    /// Whether a waker was called on this thread since its last poll.
    static HAS_CALLED: Cell<bool> = const { Cell::new(false) };
}

struct Room {
    door: Arc<Door>,
    waker: Waker,
}

impl Room {
    fn new() -> Self {
        let door = Arc::new(Door::default());
        let waker = Waker::from(Arc::clone(&door));
        Self { door, waker }
    }
}

#[derive(Default)]
struct Door {
    /// How often the room was woken. Changed under the lock, so that no thread falls asleep between
    /// its check of the number and the wake.
    calls: AtomicU32,
    lock: Mutex<()>,
    called: Condvar,
}

impl Door {
    /// Sleeps until the room was woken after `seen` was read.
    fn sleep(&self, seen: u32) {
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.calls.load(Ordering::Acquire) == seen {
            guard = self
                .called
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Wake for Door {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        HAS_CALLED.set(true);
        {
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            // Release: a thread that finds the number changed sees what was done before the wake.
            self.calls.fetch_add(1, Ordering::Release);
        }
        self.called.notify_all();
    }
}

/// Polls the future to its output. Between polls the thread sleeps in the room of group `number`,
/// together with all threads that wait for that group.
///
/// A future that wakes itself is polled again after a nap, as by
/// [`block_on`](super::block_on::block_on).
pub(super) fn wait_in_room<F: Future>(number: u64, future: F) -> F::Output {
    let index = usize::try_from(number % ROOMS).unwrap_or(0);
    let Some(room) = ALL.get(index) else {
        return super::block_on::block_on(future);
    };
    let mut future = pin!(future);
    let mut context = Context::from_waker(&room.waker);
    loop {
        let seen = room.door.calls.load(Ordering::Acquire);
        HAS_CALLED.set(false);
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        if HAS_CALLED.get() {
            thread::park_timeout(NAP);
        } else {
            room.door.sleep(seen);
        }
    }
}
