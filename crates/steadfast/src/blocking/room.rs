//! Rooms in which many threads wait for the same thing, and are woken by one call to the system.
//!
//! Commits that share a flush are answered at the same moment. To wake their threads one by one costs a system call each, which is most
//! of what a commit costs once sixty-four of them share a flush. So they wait on one number, by the number of their group: it changes, and all
//! who saw the old one go on.
//!
//! ```text
//! thread: see the number → look at the future → not ready: sleep until the number differs → again
//! waker:  change the number → wake all who sleep on it
//! ```
//! No wake is missed: one that comes after the look changes a number that was seen before it. Rooms are few, and groups that are far apart
//! share one: who is woken for others finds nothing and sleeps again.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use super::block_on::NAP;

/// More than there are groups at a time: of each store one in its flush, one in line, and those whose threads have not gone yet.
const ROOMS: u64 = 64;

static ALL: LazyLock<Vec<Room>> = LazyLock::new(|| (0..ROOMS).map(|_| Room::new()).collect());

thread_local! {
    /// Whether this thread has called a waker since it last looked.
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
    /// How often the room was called. Changed under the lock, so that nobody falls asleep between a look at it and the call.
    calls: AtomicU32,
    lock: Mutex<()>,
    called: Condvar,
}

impl Door {
    /// Sleeps until the room has been called since `seen`.
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
            // Release: what was done before the call is seen by those who find the number changed.
            self.calls.fetch_add(1, Ordering::Release);
        }
        self.called.notify_all();
    }
}

/// The future's output; the thread sleeps while there is none, with all others that wait for the group of this number.
///
/// A future that wakes itself is looked at again after a nap, as by [`block_on`](super::block_on::block_on).
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
