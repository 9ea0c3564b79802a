//! Tasks of their own, and whether one of them stopped in the middle.
//!
//! Where a panic aborts, and where memory ends, WebAssembly stops in the middle of a task and never
//! goes on. Nobody is told: a promise whose task stopped stays open. So every task notes that it
//! runs, and whoever finds the note when no task can be running knows.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use wasm_bindgen_futures::spawn_local;

thread_local! {
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Whether a task of this build stopped in the middle. To be asked while none runs.
#[cfg(feature = "npm")]
pub(crate) fn is_broken() -> bool {
    RUNS.get()
}

/// A task that notes when it runs.
pub(crate) struct Noted<T>(pub(crate) Pin<Box<dyn Future<Output = T>>>);

impl<T> Future for Noted<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let ran = RUNS.replace(true);
        let polled = self.0.as_mut().poll(context);
        RUNS.set(ran);
        polled
    }
}

/// Runs a task.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    spawn_local(Noted(Box::pin(task)));
}
