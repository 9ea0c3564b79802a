//! A work queue that several lanes share: each lane takes the next piece when it is done with one.
//!
//! A lane that fails ends the queue, so that its error is reported soon, and not after an hour.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::part::{Result, Stop};

/// Does all the pieces in this many lanes. `open` makes what a lane keeps from one piece to the
/// next.
///
/// # Errors
///
/// The error of a lane that failed, or that a lane panicked. The other lanes then begin no further
/// piece.
pub fn in_lanes<L, P: Sync, R: Send>(
    lanes: usize,
    pieces: &[P],
    open: impl Fn(usize) -> Result<L> + Sync,
    work: impl Fn(&L, &P) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let queue = Queue {
        pieces,
        next: AtomicUsize::new(0),
    };
    let (queue, open, work) = (&queue, &open, &work);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..lanes)
            .map(|number| scope.spawn(move || queue.drain(|| open(number), work)))
            .collect();
        let mut done = Vec::new();
        for handle in handles {
            let part = handle.join();
            done.extend(part.map_err(|_| Stop::failed("a lane panicked: see above"))??);
        }
        Ok(done)
    })
}

struct Queue<'p, P> {
    pieces: &'p [P],
    next: AtomicUsize,
}

impl<P> Queue<'_, P> {
    fn drain<L, R>(
        &self,
        open: impl Fn() -> Result<L>,
        work: impl Fn(&L, &P) -> Result<R>,
    ) -> Result<Vec<R>> {
        let mut place = None;
        // Declared after `place`, so that it is dropped first: the queue ends before the lane is
        // dropped.
        let _end = End(self);
        let lane = place.insert(open()?);
        let mut done = Vec::new();
        while let Some(piece) = self.pieces.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            done.push(work(lane, piece)?);
        }
        Ok(done)
    }
}

/// Ends the queue when it is dropped, also if the lane panics. A lane that succeeds drops it when
/// the queue is empty anyway.
struct End<'q, 'p, P>(&'q Queue<'p, P>);

impl<P> Drop for End<'_, '_, P> {
    fn drop(&mut self) {
        self.0.next.store(self.0.pieces.len(), Ordering::Relaxed);
    }
}
