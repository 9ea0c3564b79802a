//! Polling by hand: futures are dropped in the middle, and tasks are polled only when they were
//! woken. So a lost wake-up is a failure and not a test that never ends.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Polls the future at most so often, then drops it; its output if it came to an end.
pub(crate) fn poll_times<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

/// Futures on one thread. A task is polled only after it was woken.
#[derive(Default)]
pub(crate) struct Tasks<'t, T> {
    tasks: Vec<Option<Task<'t, T>>>,
    outputs: Vec<Option<T>>,
}

struct Task<'t, T> {
    future: Pin<Box<dyn Future<Output = T> + 't>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl<'t, T> Tasks<'t, T> {
    pub(crate) fn new() -> Self {
        Self {
            tasks: Vec::new(),
            outputs: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, future: impl Future<Output = T> + 't) -> usize {
        self.outputs.push(None);
        self.tasks.push(Some(Task {
            future: Box::pin(future),
            woken: Arc::new(Woken(AtomicBool::new(true))),
        }));
        self.tasks.len() - 1
    }

    /// Polls one task if it was woken; whether it was.
    pub(crate) fn step(&mut self, index: usize) -> bool {
        let Some(task) = self.tasks[index].as_mut() else {
            return false;
        };
        if !task.woken.0.swap(false, Ordering::AcqRel) {
            return false;
        }
        let waker = Waker::from(Arc::clone(&task.woken));
        if let Poll::Ready(output) = task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.outputs[index] = Some(output);
            self.tasks[index] = None;
        }
        true
    }

    /// Drops a task where it stands.
    pub(crate) fn cancel(&mut self, index: usize) {
        self.tasks[index] = None;
    }

    pub(crate) fn is_done(&self, index: usize) -> bool {
        self.tasks[index].is_none()
    }

    /// Runs what is left to its end, in turns.
    ///
    /// Panics where tasks are left that nobody will ever wake.
    pub(crate) fn finish(mut self) -> Vec<Option<T>> {
        loop {
            let mut stepped = false;
            for index in 0..self.tasks.len() {
                stepped |= self.step(index);
            }
            let asleep = self.tasks.iter().flatten().count();
            if asleep == 0 {
                return self.outputs;
            }
            assert!(
                stepped,
                "{asleep} tasks sleep and nobody will ever wake them"
            );
        }
    }
}
