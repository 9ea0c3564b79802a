//! However many streams are appended to, a bounded number of handles stays open. A handle that has
//! something to flush is not closed.
#![cfg(target_os = "linux")]

use steadfast_core::PersistenceError;

use crate::support::process::{in_own_process, test_name};
use crate::support::{append, get, open, sync};

fn handles() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn open_handles_are_bounded() {
    let test = test_name(module_path!(), "open_handles_are_bounded");
    in_own_process(&test, |directory| {
        let backend = open(&directory.join("store"));
        let before = handles();
        for number in 0..300 {
            append(&backend, &format!("logs/{number}"), 0, b"1").unwrap();
            sync(&backend, &format!("logs/{number}")).unwrap();
        }
        assert!(handles() - before <= 64, "{} handles", handles() - before);
        // Streams whose handles were closed meanwhile can be appended to.
        for number in 0..300 {
            let name = format!("logs/{number}");
            assert!(matches!(
                append(&backend, &name, 0, b"x"),
                Err(PersistenceError::Conflict { end: 1, .. })
            ));
            append(&backend, &name, 1, b"2").unwrap();
            sync(&backend, &name).unwrap();
            assert_eq!(get(&backend, &name).unwrap(), b"12");
        }
    });
}

#[test]
fn saves_leave_no_handle_open() {
    let test = test_name(module_path!(), "saves_leave_no_handle_open");
    in_own_process(&test, |directory| {
        let backend = open(&directory.join("store"));
        let before = handles();
        for number in 0..100 {
            crate::support::save(&backend, &format!("values/{number}"), b"1").unwrap();
            assert_eq!(get(&backend, &format!("values/{number}")).unwrap(), b"1");
        }
        assert_eq!(handles(), before);
        drop(backend);
        assert!(handles() < before);
    });
}
