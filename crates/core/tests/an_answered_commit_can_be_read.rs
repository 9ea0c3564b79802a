//! A caller that is woken by the answer to a commit can read what was committed: the state changes
//! before the answer is given.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use common::history::{count_of, operation};
use common::numbers::Numbers;
use common::probe::Probe;
use pollster::block_on;
use steadfast_core::{MemoryBackend, Store, StoreOptions};

/// Reads the state at the moment of the wake-up, before anything else can run.
struct Reads {
    store: Store<Numbers, Probe>,
    seen: Mutex<Vec<u32>>,
}

impl Wake for Reads {
    fn wake(self: Arc<Self>) {
        let count = count_of(&self.store);
        self.seen.lock().expect("no panic").push(count);
    }
}

#[test]
fn an_answered_commit_can_be_read() {
    let disk = MemoryBackend::new();
    let opened = Store::open(Probe::new(&disk, 1), StoreOptions::default());
    let store = block_on(opened).expect("opens");
    let reads = Arc::new(Reads {
        store: store.clone(),
        seen: Mutex::default(),
    });
    let tickets = [0, 1].map(|n| block_on(store.submit(operation(n))).expect("in line"));
    let [first, second] = tickets;
    let (mut leader, mut follower) = (pin!(first.wait()), pin!(second.wait()));
    let waker = Waker::from(Arc::clone(&reads));
    let mut other = Context::from_waker(Waker::noop());
    // The first takes both commits, and waits for the backend; then the second waits for the first.
    assert!(leader.as_mut().poll(&mut other).is_pending());
    let polled = follower.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let led = loop {
        if let Poll::Ready(led) = leader.as_mut().poll(&mut other) {
            break led;
        }
    };
    assert_eq!(led.expect("a commit").get(), 1);
    let seen = reads.seen.lock().expect("no panic").clone();
    assert_eq!(seen, [2], "what the waiter read when it was woken");
    let followed = follower.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(matches!(followed, Poll::Ready(Ok(lsn)) if lsn.get() == 2));
}
