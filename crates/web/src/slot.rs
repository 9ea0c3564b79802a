//! A place for one answer: the bridge from the browser's events to futures.
//!
//! Several event handlers may hold a sender; the first one that sends decides. An answer that
//! nobody waits for any more is dropped at once, so that what it holds (a connection, a lock) is
//! let go.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

struct State<T> {
    answer: Option<T>,
    is_answered: bool,
    waker: Option<Waker>,
}

/// Gives the answer; clones share the slot.
pub(crate) struct Sender<T>(Weak<RefCell<State<T>>>);

/// The answer, once it is there.
pub(crate) struct Receiver<T>(Rc<RefCell<State<T>>>);

/// An empty slot.
pub(crate) fn slot<T>() -> (Sender<T>, Receiver<T>) {
    let state = Rc::new(RefCell::new(State {
        answer: None,
        is_answered: false,
        waker: None,
    }));
    (Sender(Rc::downgrade(&state)), Receiver(state))
}

/// Runs `future` to its end whether or not its outcome is still wanted.
///
/// What was handed to the browser goes on anyway: so a dropped caller must not take the event
/// handlers with it.
pub(crate) fn detached<T: 'static>(future: impl Future<Output = T> + 'static) -> Receiver<T> {
    let (sender, receiver) = slot();
    start(Box::pin(async move { sender.send(future.await) }));
    receiver
}

/// Runs `task` to its end, and begins at once: what it asks of the browser is asked now, not when
/// the caller pauses.
pub(crate) fn start(mut task: Pin<Box<dyn Future<Output = ()>>>) {
    // Nothing can be ready before this returns: so nobody has to be woken until the task is polled
    // by whoever runs it from then on.
    let mut context = Context::from_waker(Waker::noop());
    if task.as_mut().poll(&mut context).is_pending() {
        crate::task::spawn(task);
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<T> Receiver<T> {
    /// One more who may answer.
    pub(crate) fn sender(&self) -> Sender<T> {
        Sender(Rc::downgrade(&self.0))
    }
}

impl<T> Sender<T> {
    /// Whether anybody still waits.
    pub(crate) fn is_awaited(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Answers, unless another sender was first or nobody waits.
    pub(crate) fn send(&self, answer: T) {
        let Some(state) = self.0.upgrade() else {
            return;
        };
        let mut state = state.borrow_mut();
        if state.is_answered {
            return;
        }
        state.is_answered = true;
        state.answer = Some(answer);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.borrow_mut();
        match state.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
