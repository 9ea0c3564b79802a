//! Limits of time: what the browser may never answer is not waited for without end.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use wasm_bindgen_futures::JsFuture;

use crate::global;

/// Waits.
pub(crate) async fn sleep(duration: Duration) {
    // The promise is never broken.
    let _ = JsFuture::from(global::after(duration.as_secs_f64() * 1_000.0)).await;
}

/// The future's outcome, or `None` where it takes longer.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut timer = pin!(sleep(limit));
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}
