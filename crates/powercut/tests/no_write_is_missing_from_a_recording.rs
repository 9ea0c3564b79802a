//! A recording begins while a file system is writing. What it writes at that moment is in the image
//! or in the log, never in neither.
//!
//! It was in neither when the image was taken in one step and the log begun in another. The journal
//! then had a hole, and every state of that recording lost something.

use std::sync::atomic::{AtomicBool, Ordering};

use steadfast_powercut::{Disk, Event};

const PAGE_LEN: u64 = 4096;

/// Taking an image of this many pages is slow, so that many writes come meanwhile.
const PAGES: u64 = 4000;

/// The moment is short, so it is tried this often.
const TRIES: u32 = 30;

#[test]
fn no_write_is_missing_from_a_recording() {
    (0..TRIES).for_each(|_| record_while_somebody_writes());
}

fn record_while_somebody_writes() {
    let disk = Disk::default();
    let page = |number: u64| vec![u8::try_from(number % 251).unwrap() + 1; 4096];
    (0..PAGES).for_each(|number| disk.write(number * PAGE_LEN, &page(number)));
    let is_over = AtomicBool::new(false);
    let (written, image) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut next = PAGES;
            while !is_over.load(Ordering::Relaxed) {
                disk.write(next * PAGE_LEN, &page(next));
                next += 1;
            }
            next
        });
        let image = disk.record();
        is_over.store(true, Ordering::Relaxed);
        (writer.join().unwrap(), image)
    });
    let replayed = Disk::default();
    replayed.insert(&image);
    for event in disk.recorded() {
        if let Event::Write { offset, data } = event {
            replayed.write(offset, &data);
        }
    }
    let replayed = replayed.image();
    for number in 0..written {
        let wanted = u8::try_from(number % 251).unwrap() + 1;
        assert_eq!(replayed.byte(number * PAGE_LEN), wanted, "page {number}");
    }
}
