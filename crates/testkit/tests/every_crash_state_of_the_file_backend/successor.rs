//! A second writer that the lock does not keep out, at every call of the first writer's life. The
//! first writer's next calls, at every call of the second one's open.
//!
//! Everything that either of them acknowledged is in the store afterwards: after both handles are
//! dropped, and after a power cut that loses everything unflushed.

use std::cell::RefCell;
use std::rc::Rc;

use steadfast_core::{Fate, verify};
use steadfast_testkit::block_on;
use steadfast_testkit::posix::Disk;

use crate::PLACE;
use crate::store::{Opened, commit, store};
use crate::system::{AT_CALL, open};

/// One length that rotates every few commits, and one that keeps a single segment with room ahead.
const SEGMENT_LENS: [u64; 2] = [400, 64 << 10];

/// The number of the second writer's first commit.
const SECOND: u32 = 1_000;

/// How a second writer gets past the lock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// The lock's file is removed.
    Removed,
    /// The second writer uses another mount, which keeps locks of its own.
    Mount,
}

impl Way {
    pub(crate) fn open(self, disk: &Disk) {
        match self {
            Self::Removed => {
                // Before the first writer has made the lock's file, there is nothing to remove.
                let place = disk.root().open_directory(PLACE);
                let _ = place.and_then(|place| place.unlink(".steadfast.lock"));
            }
            Self::Mount => disk.forget_locks(),
        }
    }
}

/// The numbers of the acknowledged commits, of both writers.
type Acknowledged = Rc<RefCell<Vec<u32>>>;

/// Commits, takes a snapshot, and commits again, until a call is refused.
fn write(store: &Opened, from: u32, acknowledged: &Acknowledged) {
    for number in from..from + 6 {
        if number == from + 4 && block_on(store.snapshot()).is_err() {
            return;
        }
        if commit(store, number).is_err() {
            return;
        }
        acknowledged.borrow_mut().push(number);
    }
}

/// Runs `then` before a later call of this thread, once. Calls are counted from 1, from now on.
pub(crate) fn interrupt_at(call: u64, then: impl FnOnce() + 'static) {
    AT_CALL.set(Some((call, Box::new(then))));
}

/// Cancels [`interrupt_at`]. Returns whether that call was never made.
pub(crate) fn was_not_interrupted() -> bool {
    AT_CALL.take().is_some()
}

/// One writer from open to close: opens the store and writes to it.
fn live(disk: &Disk, segment_len: u64, from: u32, acknowledged: &Acknowledged) -> Option<Opened> {
    let opened = store(disk, segment_len).ok()?;
    write(&opened, from, acknowledged);
    Some(opened)
}

/// Nothing acknowledged is missing, and nothing is there twice.
fn check(disk: &Disk, segment_len: u64, acknowledged: &Acknowledged, case: &str) {
    disk.forget_locks();
    for (disk, when) in [
        (disk.killed(), "with both gone"),
        (disk.restart(Fate::Lost), "after a power cut"),
    ] {
        let opened = store(&disk, segment_len)
            .unwrap_or_else(|error| panic!("{case}, {when}: it does not open: {error}"));
        let found = opened.read(|journal| journal.0.clone()).unwrap();
        for number in acknowledged.borrow().iter() {
            let times = found.iter().filter(|one| *one == number).count();
            assert_eq!(times, 1, "{case}, {when}: commit {number} in {found:?}");
        }
        commit(&opened, 9_999).unwrap();
        block_on(opened.close()).unwrap();
        let report = block_on(verify(&open(&disk).unwrap())).unwrap();
        let damage = report.damage.first();
        assert!(damage.is_none(), "{case}, {when}: {damage:?}");
    }
}

#[test]
fn a_second_writer_at_every_call_of_the_first_loses_nothing() {
    for (way, segment_len) in cases() {
        for is_closed in [false, true] {
            let mut call = 0;
            loop {
                call += 1;
                let disk = Disk::new();
                let acknowledged = Acknowledged::default();
                let second = Rc::new(RefCell::new(None));
                let (place, told, kept) = (disk.clone(), acknowledged.clone(), second.clone());
                interrupt_at(call, move || {
                    way.open(&place);
                    let opened = live(&place, segment_len, SECOND, &told);
                    *kept.borrow_mut() = opened.filter(|_| !is_closed);
                });
                let first = live(&disk, segment_len, 0, &acknowledged);
                let is_over = was_not_interrupted();
                // The second writer continues while the first one's handle lives.
                if let Some(second) = second.borrow().as_ref() {
                    write(second, SECOND + 100, &acknowledged);
                }
                drop((first, second));
                let case = format!("{way:?}, segments of {segment_len}, call {call}");
                check(&disk, segment_len, &acknowledged, &case);
                if is_over {
                    assert!(call > 100, "only {call} calls");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_first_writer_that_goes_on_while_the_second_opens_loses_nothing() {
    for (way, segment_len) in cases() {
        let mut call = 0;
        loop {
            call += 1;
            let disk = Disk::new();
            let acknowledged = Acknowledged::default();
            let first = Rc::new(store(&disk, segment_len).unwrap());
            for number in 0..3 {
                commit(&first, number).unwrap();
                acknowledged.borrow_mut().push(number);
            }
            way.open(&disk);
            let (told, again) = (acknowledged.clone(), Rc::clone(&first));
            interrupt_at(call, move || write(&again, 10, &told));
            let second = live(&disk, segment_len, SECOND, &acknowledged);
            let is_over = was_not_interrupted();
            write(&first, 100, &acknowledged);
            drop((first, second));
            let case = format!("{way:?}, segments of {segment_len}, call {call} of the second");
            check(&disk, segment_len, &acknowledged, &case);
            if is_over {
                assert!(call > 100, "only {call} calls");
                break;
            }
        }
    }
}

/// The overtaken writer continues at the position at which the other one writes.
#[test]
fn a_writer_that_is_overtaken_while_it_opens_loses_nothing() {
    for way in [Way::Removed, Way::Mount] {
        // Without room ahead, the end of the file is the position for both writers.
        let segment_len = 1 << 30;
        let mut call = 0;
        loop {
            call += 1;
            let mut later = 0;
            let is_over = loop {
                later += 1;
                let disk = Disk::new();
                let acknowledged = Acknowledged::default();
                // A predecessor that was killed has left its segment open.
                drop(live(&disk, segment_len, 0, &acknowledged));
                let second = Rc::new(RefCell::new(None));
                let (place, told, kept) = (disk.clone(), acknowledged.clone(), second.clone());
                interrupt_at(call, move || {
                    way.open(&place);
                    *kept.borrow_mut() = store(&place, segment_len).ok();
                    let goes_on = move || {
                        if let Some(second) = kept.borrow().as_ref() {
                            // No snapshot here: it would cover the commit.
                            let number = told.borrow().last().map_or(0, |last| last + 1);
                            if commit(second, number).is_ok() {
                                told.borrow_mut().push(number);
                            }
                        }
                    };
                    goes_on();
                    interrupt_at(later, goes_on);
                });
                let first = store(&disk, segment_len).ok();
                let is_over = was_not_interrupted();
                drop((first, second));
                let case =
                    format!("{way:?}, overtaken at call {call}, written to {later} calls later");
                check(&disk, segment_len, &acknowledged, &case);
                if is_over {
                    break later == 1;
                }
            };
            if is_over {
                assert!(call > 30, "only {call} calls");
                break;
            }
        }
    }
}

fn cases() -> impl Iterator<Item = (Way, u64)> {
    [Way::Removed, Way::Mount]
        .into_iter()
        .flat_map(|way| SEGMENT_LENS.map(|len| (way, len)))
}
