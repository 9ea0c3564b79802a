//! Of several appends at one position, one is written; the others are told where the stream ends.

use steadfast_core::PersistenceError;

use crate::support::{append, get, open, place, sync};

const THREADS: u8 = 8;
const EACH: usize = 200;

#[test]
fn concurrent_appends_never_overlap() {
    let (_guard, path) = place();
    let backend = open(&path);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let backend = &backend;
            scope.spawn(move || {
                let mut position = 0;
                for _ in 0..EACH {
                    loop {
                        match append(backend, "log", position, &[thread; 10]) {
                            Ok(()) => break position += 10,
                            Err(PersistenceError::Conflict { end, .. }) => position = end,
                            Err(failure) => panic!("{failure}"),
                        }
                    }
                }
                sync(backend, "log").unwrap();
            });
        }
    });
    let bytes = get(&backend, "log").unwrap();
    assert_eq!(bytes.len(), usize::from(THREADS) * EACH * 10);
    for thread in 0..THREADS {
        let records = bytes.chunks(10).filter(|record| *record == [thread; 10]);
        assert_eq!(records.count(), EACH);
    }
}
