//! A lane that fails or panics is reported soon: the others finish what they have begun, and begin
//! nothing more.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::yield_now;

use xtask::part::{Result, Stop};
use xtask::prove::mutants::queue::in_lanes;

/// Records when its lane has ended.
struct Lane<'a>(&'a AtomicBool);

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs two lanes. The first piece returns `end`. The second one waits until the lane of the first
/// has ended. Returns the result, and how many pieces were begun.
fn begun_beside(end: impl Fn() -> Result + Sync) -> (Result<Vec<()>>, usize) {
    let (both, has_ended) = (Barrier::new(2), AtomicBool::new(false));
    let begun = AtomicUsize::new(0);
    let pieces: Vec<usize> = (0..100).collect();
    let outcome = in_lanes(
        2,
        &pieces,
        |_| Ok(Lane(&has_ended)),
        |_, piece| {
            begun.fetch_add(1, Ordering::SeqCst);
            match piece {
                0 => {
                    both.wait();
                    end()
                }
                1 => {
                    both.wait();
                    while !has_ended.load(Ordering::SeqCst) {
                        yield_now();
                    }
                    Ok(())
                }
                _ => Ok(()),
            }
        },
    );
    (outcome, begun.into_inner())
}

#[test]
fn one_that_fails() {
    let failure = Stop::failed("the disk is full");
    let (outcome, begun) = begun_beside(|| Err(failure.clone()));
    assert_eq!(outcome, Err(failure));
    assert_eq!(begun, 2);
}

#[test]
fn one_that_panics() {
    let (outcome, begun) = begun_beside(|| panic!("on purpose"));
    let Err(Stop::Failed(sentence)) = outcome else {
        unreachable!("it went well")
    };
    assert!(sentence.contains("panicked"), "{sentence}");
    assert_eq!(begun, 2);
}

#[test]
fn one_that_cannot_be_opened() {
    let failure = Stop::failed("no room for a copy");
    let outcome = in_lanes(
        2,
        &[(); 100],
        |_| Err::<(), _>(failure.clone()),
        |(), ()| Ok(()),
    );
    assert_eq!(outcome, Err(failure));
}

#[test]
fn where_none_fails_every_piece_is_done_once() {
    let pieces: Vec<usize> = (0..100).collect();
    let mut done = in_lanes(3, &pieces, |_| Ok(()), |(), piece| Ok(*piece)).unwrap();
    done.sort_unstable();
    assert_eq!(done, pieces);
}
