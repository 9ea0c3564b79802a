//! Savers of one key do not meet in one temporary file, and readers see whole values all the while.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{get, open, place, replaces_open_files, save, temporaries};

#[test]
fn concurrent_saves_leave_one_whole() {
    let (_guard, path) = place();
    let backend = open(&path);
    let is_done = AtomicBool::new(!replaces_open_files());
    save(&backend, "key", &[0; 5000]).unwrap();
    std::thread::scope(|scope| {
        let savers: Vec<_> = (1..=4_u8)
            .map(|byte| {
                let backend = &backend;
                scope.spawn(move || {
                    for _ in 0..25 {
                        save(backend, "key", &[byte; 5000]).unwrap();
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                let value = get(&backend, "key").unwrap();
                assert_eq!(value, vec![value[0]; 5000]);
            }
        });
        let saved: Vec<_> = savers.into_iter().map(|saver| saver.join()).collect();
        is_done.store(true, Ordering::Relaxed);
        assert!(saved.iter().all(Result::is_ok));
    });
    assert_eq!(temporaries(&path), Vec::<std::path::PathBuf>::new());
}
